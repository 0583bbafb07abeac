"""What stands in the log for a ballot, and what a voter keeps of it."""

import hashlib
from dataclasses import dataclass
from typing import Any

from portal.events import canonical

VERSION = b"ballot-v1"


@dataclass(frozen=True)
class Receipt:
    """What a voter can keep: with it they find their ballot in the published list.

    `ballot` names an open ballot; a secret one has no name.
    """

    poll: int
    ballot: str
    choice: Any
    nonce: str
    commitment: str


def commitment(poll: int, choice: Any, nonce: str) -> str:
    """Return the hash that stands in the log for a ballot until the poll has closed."""
    said = b"\x00".join([VERSION, str(poll).encode(), canonical(choice), nonce.encode()])
    return hashlib.sha256(said).hexdigest()
