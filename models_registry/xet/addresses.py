"""Signed addresses of byte ranges of xorbs, for one person and five minutes.

A range covers whole chunks of a file that the person may read, so that neighbours in a shared xorb
stay what they are: somebody else's.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from models_registry.formats.xet.plans import Fetch
from models_registry.storage.addresses import LIFETIME, BadAddress
from models_registry.xet.grants import Claims
from portal.clock import db_now

_SALT = "models_registry.xet.fetching"


@dataclass(frozen=True)
class Fetching:
    """Bytes `first` to `last` (inclusive) of a xorb, for whoever the claims name."""

    claims: Claims
    xorb: bytes
    first: int
    last: int


def fetch_address(claims: Claims, xorb: bytes, fetch: Fetch) -> str:
    expires = int((db_now() + LIFETIME).timestamp())
    row = [expires, *claims.as_row, xorb.hex(), fetch.first, fetch.last]
    return f"{settings.CONTENT_URL}/xet/fetch/{signing.Signer(salt=_SALT).sign_object(row)}"


def fetching(signed: str) -> Fetching:
    """Return what an address gives; raises `BadAddress` if it is forged or has expired."""
    try:
        expires, *row = signing.Signer(salt=_SALT).unsign_object(signed)
    except (signing.BadSignature, ValueError):
        raise BadAddress() from None
    if db_now().timestamp() > expires:
        raise BadAddress()
    return Fetching(Claims(*row[:4]), bytes.fromhex(row[4]), row[5], row[6])
