"""What governance asks of repos: what a setting would do to them, and who hears feedback on one."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.feedback import targets
from governance.feedback.models import Target
from governance.norms.settings import forecast
from models_registry.models import Repo
from portal.access import Actor
from portal.errors import Missing
from portal.organisations.models import Membership, Role
from portal.people.models import Person

NAMED = 5


def licences_allowed(allowed: Any) -> str:
    """Say which public repos have a licence that a new repo could not have any more."""
    if not allowed:
        return _("Every licence would be allowed.")
    rows = Repo.objects.visible_to(Actor()).exclude(card_licence="")
    outside = rows.exclude(card_licence__in=allowed).select_related("namespace")
    number = outside.count()
    if not number:
        return _("Every public repo has one of these licences.")
    names = ", ".join(repo.full_name for repo in outside.order_by("-downloads", "pk")[:NAMED])
    return ngettext(
        "%(number)s public repo has a licence that is not among them; it could not commit any "
        "more under it: %(names)s",
        "%(number)s public repos have a licence that is not among them; they could not commit any "
        "more under it, for example: %(names)s",
        number,
    ) % {"number": number, "names": names}


def find(name: str, person: Person | None) -> str:
    """Return the full name of a public repo: feedback is public, so a private one is not named."""
    repos = Repo.objects.visible_to(Actor()).select_related("namespace")
    repo = repos.filter(key=name.lower()).first()
    return repo.full_name if repo else ""


def public(names: Iterable[str]) -> set[str]:
    """Return the names of repos that are public still, under the name that they had."""
    wanted = {name.lower(): name for name in names}
    repos = Repo.objects.visible_to(Actor()).filter(key__in=wanted)
    return {wanted[key] for key in repos.values_list("key", flat=True)}


def maintainers(name: str) -> list[Person]:
    """Return who looks after a repo: its owner, or the organisation's owners and maintainers."""
    try:
        namespace = Repo.objects.named(name).namespace
    except Missing:
        return []
    if namespace.person is not None:
        return [namespace.person]
    held = Membership.objects.filter(
        organisation=namespace.organisation_id, role__in=[Role.OWNER, Role.MAINTAINER]
    )
    return [row.person for row in held.select_related("person")]


forecast("licences.allowed", licences_allowed)
targets.provide(
    Target.REPO, find=find, keepers=maintainers, url=lambda name: f"/{name}", public=public
)
