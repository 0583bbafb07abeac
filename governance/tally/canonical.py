"""The one JSON form that is hashed, the same as the log's: sorted keys, no spaces, UTF-8."""

import hashlib
import json


def canonical(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(value: object) -> str:
    """Return the hex SHA-256 over the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value)).hexdigest()
