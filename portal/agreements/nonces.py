"""Single-use words that bind a shown text to the person it was shown to.

A nonce is signed and names person, version, language, text and the moments it was made and ends,
by the database's clock. Its single use is kept by the unique column of the acceptance it leads to.
"""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing

from portal.agreements.models import DocumentText
from portal.agreements.refusals import NonceSpent
from portal.clock import db_now

if TYPE_CHECKING:
    from portal.people.models import Person

SALT = "portal.agreements.nonce"
BROWSER = dt.timedelta(hours=12)
HEADLESS = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Offer:
    """A text that was shown: what the nonce says."""

    id: str
    version: int
    language: str
    sha256: str
    shown_ms_ago: int


def issue(person: "Person", text: DocumentText, *, lifetime: dt.timedelta) -> str:
    """Return a nonce for this person and text, good for `lifetime`."""
    now = db_now()
    return signing.dumps(
        {
            "n": secrets.token_hex(16),
            "p": person.opaque,
            "v": text.version_id,
            "l": text.language,
            "s": text.sha256,
            "t": int(now.timestamp() * 1000),
            "x": int((now + lifetime).timestamp() * 1000),
        },
        salt=SALT,
        compress=True,
    )


def read(person: "Person", nonce: str) -> Offer:
    """Return what the nonce offers to this person; raises `NonceSpent` if forged, foreign, old."""
    now = int(db_now().timestamp() * 1000)
    try:
        said = signing.loads(nonce, salt=SALT)
    except signing.BadSignature as error:
        raise NonceSpent from error
    if said["p"] != person.opaque or said["x"] < now:
        raise NonceSpent
    return Offer(said["n"], said["v"], said["l"], said["s"], max(0, now - said["t"]))
