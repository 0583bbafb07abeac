"""Xorbs that clients send to the bucket themselves: an address for one, then its commit.

What the client is given for its commit says which xorb it was for and who asked, so that nobody
commits what somebody else sent.
"""

import json
import uuid
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from models_registry.formats.xet import xorbs
from models_registry.storage import xorb_store
from models_registry.storage.xorbs import Staging
from models_registry.xet.grants import LIFETIME, Grant
from portal.clock import db_now
from portal.errors import Invalid, Missing

LONGEST_QUESTION = 4096  # bytes of JSON
_SALT = "models_registry.xet.staging"
_LARGEST_CRC = 2**64
_SIGNER = signing.Signer(salt=_SALT, sep=".")  # clients quote a colon, and the path is read raw


@dataclass(frozen=True)
class Announced:
    """The xorb that is to come: its bytes, and their CRC-64/NVME as decimal digits."""

    length: int
    crc64: str


@dataclass(frozen=True)
class Offer:
    id: str
    at: Staging


def announced(request: HttpRequest) -> Announced:
    """Read what a client says of the xorb it wants to send."""
    wrong = Invalid(_("Send {“length”, “checksum”: {“algo”, “value”}} as JSON."), code="XetGrant")
    try:
        told = json.loads(request.read(LONGEST_QUESTION))
        length, checksum = told["length"], told["checksum"]
        crc64 = str(checksum["value"])
        known = checksum["algo"] == "crc64nvme" and crc64.isascii() and crc64.isdigit()
    except (ValueError, KeyError, TypeError, RecursionError):
        raise wrong from None
    if not known or len(crc64) > 20 or int(crc64) >= _LARGEST_CRC:
        raise wrong
    if type(length) is not int or not 0 < length <= xorbs.MAX_BYTES:
        raise wrong
    return Announced(length, crc64)


def offer(grant: Grant, xorb: bytes, what: Announced) -> Offer | None:
    """Return where to send a xorb; None where clients send it to us."""
    place = uuid.uuid4().hex
    at = xorb_store.staging(place, what.length, what.crc64)
    if at is None:
        return None
    expires = int((db_now() + LIFETIME).timestamp())
    row = [expires, grant.repo.pk, grant.require_write().pk, xorb.hex(), place]
    return Offer(_SIGNER.sign_object(row), at)


def place_of(grant: Grant, xorb: bytes, offered: str) -> str:
    """Return where the xorb of an offer was to be sent; raises `Missing` for any other claim."""
    try:
        expires, *told, place = _SIGNER.unsign_object(offered)
    except (signing.BadSignature, ValueError):
        raise Missing() from None
    if told != [grant.repo.pk, grant.require_write().pk, xorb.hex()]:
        raise Missing()
    if db_now().timestamp() > expires:
        raise Missing()
    return str(place)
