"""What the log holds about somebody: in their archive. Details are forgotten, leaves stay."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from portal import events
from portal.events import fleeting
from portal.events.models import Event, EventDetail
from portal.privacy import contribute

if TYPE_CHECKING:
    from portal.people.models import Person


def export(person: "Person") -> dict[str, Any]:
    """Return what the person did, and what was done to their account by others."""
    about = Q(actor=person) | Q(subject=f"person:{person.opaque}")
    rows = Event.objects.filter(about).select_related("detail").order_by("pk")
    own = fleeting.of(person).select_related("detail").order_by("pk")
    return {
        "events": [_said(row) for row in rows.iterator(1000)],
        "sign_ins": [_said(row) for row in own.iterator(1000)],
    }


def erase(person: "Person") -> None:
    """Drop the erasable details of the person's own deeds and of what was done to them."""
    about = Q(event__actor=person) | Q(event__subject=f"person:{person.opaque}")
    for row in EventDetail.objects.filter(about).select_related("event"):
        events.erase(row.event)
    fleeting.forget(person)


def _said(event: Event) -> dict[str, Any]:
    detail = getattr(event, "detail", None)
    return {
        "uuid": str(event.uuid),
        "kind": event.kind,
        "subject": event.subject,
        "body": event.body,
        "details": detail.details if detail else None,
        "at": event.at,
    }


contribute("events", export=export, erase=erase)
