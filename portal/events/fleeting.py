"""Events of which the log says that they happened, not to whom; the person can look them up.

When somebody signs in or out is nobody else's business, so the leaf of such an event names neither
actor nor subject. Who it was stands in the details beside it, which are forgotten after `KEPT`
without a further event: one for each would tie the forgotten ones together again.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from portal import events
from portal.events.models import Event, EventDetail

if TYPE_CHECKING:
    from portal.people.models import Person

KINDS: set[str] = set()
KEPT = dt.timedelta(days=90)


def declare(*kinds: str) -> None:
    """Say that events of these kinds are written by `record` of this module alone."""
    KINDS.update(kinds)


def record(kind: str, person: "Person", **details: Any) -> Event:
    if kind not in KINDS:
        raise LookupError(f"{kind} is not declared as fleeting.")
    return events.record(kind, details={"person": person.opaque, **details})


def of(person: "Person") -> QuerySet[Event]:
    """Return what is still known of this person's fleeting events."""
    return Event.objects.filter(kind__in=KINDS, detail__details__person=person.opaque)


def forget(person: "Person") -> None:
    EventDetail.objects.filter(event__in=of(person)).delete()


def forget_before(moment: dt.datetime) -> int:
    """Drop the details of older ones; return how many."""
    old = Event.objects.filter(kind__in=KINDS, at__lt=moment)
    deleted, _ = EventDetail.objects.filter(event__in=old).delete()
    return deleted
