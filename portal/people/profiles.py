"""Changing one's own profile, and finding somebody's."""

from typing import Any

from django.db import transaction

from portal import events
from portal.errors import Missing
from portal.organisations.models import Organisation
from portal.people.handles import is_handle, key_of
from portal.people.models import Namespace, Person

PUBLIC = ("display_name", "bio", "website")
PRIVATE = ("language", "time_zone")


def update(person: Person, **fields: Any) -> list[str]:
    """Change fields of `person`; return the names of those that did change."""
    known = (*PUBLIC, *PRIVATE)
    stored = Person.objects.get(pk=person.pk)
    changed = sorted(n for n in known if n in fields and fields[n] != getattr(stored, n))
    for name in changed:
        setattr(person, name, fields[name])
    if changed:
        with transaction.atomic():
            person.save(update_fields=changed)
            events.record(
                "portal:person:profile-changed",
                actor=person,
                subject=f"person:{person.opaque}",
                body={"fields": changed},
            )
    return changed


def owner_of(handle: str) -> Person | Organisation:
    """Return whose handle this is, in any case; `Missing` for nobody's and for a tombstone."""
    if not is_handle(handle):
        raise Missing
    row = (
        Namespace.objects.select_related("person", "organisation")
        .filter(key=key_of(handle))
        .first()
    )
    owner = row.owner if row is not None else None
    if owner is None:
        raise Missing
    return owner
