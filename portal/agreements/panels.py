"""What waits to be accepted, above every page."""

from collections.abc import Sequence
from typing import Any

from portal.access import Actor
from portal.agreements.models import DocumentVersion, Kind, State
from portal.agreements.room import site_documents_missing
from portal.panels import Contexts, panel


@panel("site.banner", 10, template="agreements/banner.html")
def waiting(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Say to a signed-in person that a text waits for them. One query, shared with the rights."""
    if actor.person is None or not (missing := site_documents_missing(actor.person)):
        return {}
    return {None: {"version": missing[0]}}


@panel("home.aside", 10, template="agreements/panel_norms.html")
def norms(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Tell visitors that norms hold here; members have read them."""
    if actor.person is not None:
        return {}
    versions = DocumentVersion.objects.filter(document__kind=Kind.NORMS, state=State.CURRENT)
    version = versions.select_related("document").first()
    return {None: {"version": version}} if version else {}
