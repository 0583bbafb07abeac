"""What the first page shows of the log: its newest signed head."""

from collections.abc import Sequence
from typing import Any

from portal.access import Actor
from portal.events.models import LogHead
from portal.panels import Contexts, panel


@panel("home.aside", 20, template="events/panel_head.html")
def head(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Visitors are told what holds the portal to its word; members have the log in their menu."""
    if actor.person is not None:
        return {}
    newest = LogHead.objects.order_by("-size", "-pk").first()
    return {None: {"head": newest, "root": bytes(newest.root).hex()}} if newest else {}
