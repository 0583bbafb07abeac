"""Receipts: what was recorded, signed with the log's key, for the person to keep."""

from typing import Any

from django.conf import settings

from portal import events
from portal.agreements.models import Acceptance
from portal.events import keys

FORMAT = "commonhold-receipt-1"


def receipt(acceptance: Acceptance) -> dict[str, Any]:
    """Return the signed receipt of one acceptance or withdrawal.

    `record` hashed with `salt` (sha256 over the salt's hex text and the canonical JSON) is the
    `record_commitment` in the body of the log's event. `signature`: Ed25519 over
    `signed_text`.
    """
    body = {
        "format": FORMAT,
        "site": settings.PUBLIC_URL,
        "record": acceptance.record(),
        "salt": acceptance.salt,
        "event": str(acceptance.event.uuid),
        "commitment": acceptance.event.body["record_commitment"],
        "text_url": settings.PUBLIC_URL + acceptance.version.get_absolute_url(),
    }
    return body | {"signature": _signature(body)}


def signed_text(receipt: dict[str, Any]) -> bytes:
    """Return the bytes that the signature is over: a first line that says what they are, then JSON.

    The first line keeps a receipt from being taken for a head of the log, which the same key signs.
    """
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    return f"{FORMAT}\n".encode() + events.canonical(unsigned)


def _signature(body: dict[str, Any]) -> dict[str, str]:
    key = keys.current()
    value = keys.sign(key, signed_text(body)).hex()
    return {"algorithm": "ed25519", "key": key.verifier, "value": value}
