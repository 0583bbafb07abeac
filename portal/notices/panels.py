"""The bell in the header: how much is unread."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.access import Actor
from portal.notices.models import Notice
from portal.panels import Contexts, panel

if TYPE_CHECKING:
    from portal.people.models import Person

MOST = 99


@panel("site.account", 10, template="notices/bell.html")
def bell(objects: "Sequence[Person]", actor: Actor) -> Contexts:
    """Count one person's unread notices, at most 100 of them."""
    if actor.person is None:
        return {}
    unread = Notice.objects.unread().filter(person=actor.person)[: MOST + 1].count()
    return {person.pk: {"unread": unread, "most": MOST} for person in objects}
