"""Erasing a person: everything that tells who they were goes, what is proved by number stays.

Each erasure is a row, an event and a line in a file outside the database, so that a restore of an
older database can apply it again: `manage.py reapply_erasures`.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.clock import db_now
from portal.errors import Conflict
from portal.organisations.models import Membership, Role
from portal.people import erasure
from portal.people.models import Person
from portal.privacy import archives
from portal.privacy.models import Erasure, Export, Reason
from portal.privacy.registry import REGISTRY

if TYPE_CHECKING:
    from portal.organisations.models import Organisation


class LastOwner(Conflict):
    code = "LastOwner"
    default = _(
        "You are the only owner of %(handle)s. Make somebody else its owner first, so that its "
        "members do not lose it."
    )


class OperatorStays(Conflict):
    code = "OperatorStays"
    default = _("An operator hands over first: have the operator's rights taken away, then come.")


def erase(person: Person, *, by: Person | None, reason: str = Reason.ASKED) -> None:
    """Erase `person` for good. Erased twice is erased once.

    Raises `LastOwner` and `OperatorStays`, before anything is changed, when the person asks.
    """
    if person.is_erased:
        return
    if reason == Reason.ASKED:
        _check(person)
    exports = list(Export.objects.filter(person=person))
    with transaction.atomic():
        event = events.record(
            "portal:privacy:erased",
            subject=f"person:{person.opaque}",
            body={"reason": reason, "by_themself": by == person},
        )
        Erasure.objects.create(
            person_id_then=person.pk,
            opaque=person.opaque,
            reason=reason,
            event=event,
            at=db_now(),
        )
        _forget(person)
        erasure.erase(person, by=by if by != person else None)
        _forget(person)  # what ending the credentials wrote down meanwhile
        transaction.on_commit(lambda: _afterwards(exports))


def _forget(person: Person) -> None:
    for name in sorted(REGISTRY):
        forget = REGISTRY[name].erase
        if forget is not None:
            forget(person)


def sole_owner_of(person: Person) -> "Organisation | None":
    """Return an organisation that would be left to its members without an owner, if any."""
    owned = Membership.objects.filter(person=person, role=Role.OWNER)
    for held in owned.select_related("organisation"):
        others = Membership.objects.filter(organisation=held.organisation).exclude(person=person)
        if others.exists() and not others.filter(role=Role.OWNER).exists():
            return held.organisation
    return None


def _check(person: Person) -> None:
    if person.is_superuser:
        raise OperatorStays
    left = sole_owner_of(person)
    if left is not None:
        raise LastOwner(LastOwner.default % {"handle": left.handle})


def _afterwards(exports: list[Export]) -> None:
    for export in exports:
        (archives.folder() / f"{export.uuid}.zip").unlink(missing_ok=True)
    keep_outside()


# --- the list that survives a restore ------------------------------------------------------------
def list_file() -> Path:
    return Path(settings.DATA_DIR) / "erasures.jsonl"


def listed() -> list[str]:
    """Return the opaque ids in the file outside the database, in order."""
    try:
        lines = list_file().read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line)["opaque"] for line in lines if line.strip()]


def keep_outside() -> int:
    """Append to the file every erasure that is not in it yet; returns how many."""
    known = set(listed())
    missing = [row for row in Erasure.objects.order_by("pk") if row.opaque not in known]
    if not missing:
        return 0
    descriptor = os.open(list_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        for row in missing:
            file.write(json.dumps({"opaque": row.opaque, "at": row.at.isoformat()}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return len(missing)


def reapply() -> int:
    """Erase again whoever the file lists and the database (restored) still knows by name."""
    keep_outside()
    back = [p for p in Person.objects.filter(opaque__in=listed()) if not p.is_erased]
    for person in back:
        erase(person, by=None, reason=Reason.REAPPLIED)
    return len(back)
