"""Which programs somebody let in is in their archive; at an erasure it goes."""

from typing import TYPE_CHECKING, Any

from portal import privacy
from portal.devices.models import DeviceLogin

if TYPE_CHECKING:
    from portal.people.models import Person

TOLD = ("client", "name", "role", "state", "asked_at")


def export(person: "Person") -> dict[str, Any]:
    rows = DeviceLogin.objects.filter(person=person).order_by("pk")
    return {"let_in": list(rows.values(*TOLD))}


def erase(person: "Person") -> None:
    """Forget the programs, and with them what would let them stay; safe to run twice."""
    DeviceLogin.objects.filter(person=person).delete()


privacy.contribute("programs", export=export, erase=erase)
