"""What happened. `record` writes one event in the deed's own transaction, without an order lock."""

import hashlib
import json
import math
import secrets
from typing import TYPE_CHECKING, Any

from portal.clock import db_now

if TYPE_CHECKING:
    from portal.events.models import Event
    from portal.people.models import Person

LARGEST_FLOAT = 1e16  # from here on Python and PostgreSQL spell a float differently


def canonical(value: object) -> bytes:
    """Return the one JSON form of `value` that is hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def commitment(salt: str, details: object) -> str:
    """Return what a leaf holds in place of `details`: hex SHA-256 over the salt and their JSON."""
    return hashlib.sha256(salt.encode() + canonical(details)).hexdigest()


def record(
    kind: str,
    *,
    actor: "Person | None" = None,
    subject: str = "",
    body: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> "Event":
    """Write one event. `kind` is `source:subject:action`; `subject` is `type:id`.

    `body` becomes public and permanent: never a personal detail in it. `details` stay beside the
    event and can be erased; the leaf holds only a salted commitment to them. Both are plain JSON;
    `TypeError` or `ValueError` names a value that no database gives back as it was.
    """
    from portal.events.models import Event, EventDetail

    salt = secrets.token_hex(32) if details else ""
    plain_details = _plain(details) if details else None
    event = Event.objects.create(
        kind=kind,
        actor=actor,
        actor_opaque=actor.opaque if actor else "",
        subject=subject,
        body=_plain(body or {}),
        detail_commitment=commitment(salt, plain_details) if details else "",
        at=db_now(),
    )
    if details:
        EventDetail.objects.create(event=event, salt=salt, details=plain_details)
    return event


def erase(event: "Event", *, by: "Person | None" = None, reason: str = "") -> bool:
    """Erase an event's details; its leaf stays valid. Return whether there were any.

    The erasure is an event itself, so that `verify_log` can tell it from tampering.
    """
    from django.db import transaction

    from portal.events.models import EventDetail

    with transaction.atomic():
        erased, _ = EventDetail.objects.filter(event=event).delete()
        if erased:
            body = {"reason": reason} if reason else {}
            record("portal:event:erased", actor=by, subject=f"event:{event.uuid}", body=body)
    return bool(erased)


def erase_details_of(person: "Person", *, by: "Person | None" = None) -> int:
    """Erase the details of every event this person caused; return how many had any."""
    from portal.events.models import Event

    events = Event.objects.filter(actor=person, detail__isnull=False)
    return sum(erase(event, by=by) for event in events)


def _plain(value: Any) -> Any:
    """Return `value` as both databases give it back: plain JSON whose spelling survives them."""
    match value:
        case None | bool() | int():
            return value
        case str():
            _refuse_unstorable(value)
            return str(value)
        case float():
            if not math.isfinite(value) or abs(value) >= LARGEST_FLOAT:
                raise ValueError(f"An event cannot hold the number {value!r}.")
            return value + 0.0  # -0.0 becomes 0.0
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {_plain(key): _plain(item) for key, item in value.items()}
    raise TypeError(f"An event holds plain JSON, not {type(value).__name__}: {value!r}")


def _refuse_unstorable(text: str) -> None:
    if "\x00" in text:
        raise ValueError("An event cannot hold the character NUL.")
    text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
