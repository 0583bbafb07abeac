"""What an access token looks like: `hf_ch_`, 30 random characters, 6 of a checksum.

Hub clients and their users expect `hf_`; `ch_` tells scanners whose it is. The checksum lets a
door refuse a mistyped or made-up token without asking the database.
"""

import hashlib
import secrets
import string
import zlib

PREFIX = "hf_ch_"
ALPHABET = string.digits + string.ascii_letters
RANDOM, CHECK = 30, 6  # 30 characters of 62 hold 178 bits


def generate() -> str:
    """Return a new secret."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + checksum(body)


def checksum(body: str) -> str:
    """Return CRC-32 of `body` as 6 digits of base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    while len(digits) < CHECK:
        number, rest = divmod(number, len(ALPHABET))
        digits = ALPHABET[rest] + digits
    return digits


def is_well_formed(raw: str) -> bool:
    """Return whether `raw` could be one of ours."""
    if len(raw) != len(PREFIX) + RANDOM + CHECK or not raw.isascii():
        return False
    return raw.startswith(PREFIX) and raw[-CHECK:] == checksum(raw[:-CHECK])


def digest(raw: str) -> str:
    """Return what is kept of a secret: its sha256 as hex (it has entropy enough for no salt)."""
    return hashlib.sha256(raw.encode()).hexdigest()


def hint(raw: str) -> str:
    """Return the start that its owner may see again."""
    return raw[: len(PREFIX) + 4]
