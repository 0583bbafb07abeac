"""Heads as signed notes, the C2SP checkpoint format that witnesses of other logs already read.

Text: origin, size and base64 root on a line each, then one extension line with the time. Signature
line: an em dash, the key's name, and base64 of four bytes of key hash plus the Ed25519 signature.
Source: https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint.
"""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass

ED25519 = b"\x01"


@dataclass(frozen=True)
class Note:
    """A parsed head that somebody kept."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[tuple[str, bytes], ...]


def instant(at: dt.datetime) -> str:
    """Return the one spelling of a time in leaves and heads: UTC, six digits, Z."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def head_text(origin: str, size: int, root: bytes, at: dt.datetime) -> str:
    """Return what is signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime {instant(at)}\n"


def key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier(name: str, public: bytes) -> str:
    encoded = base64.b64encode(ED25519 + public).decode()
    return f"{name}+{key_hash(name, public).hex()}+{encoded}"


def signed(text: str, name: str, public: bytes, signature: bytes) -> str:
    encoded = base64.b64encode(key_hash(name, public) + signature).decode()
    return f"{text}\n— {name} {encoded}\n"


def parse(note: str) -> Note:
    """Read a signed note; `ValueError` says what is wrong with it. Nothing is verified."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not lines[1].isdecimal():
        raise ValueError("This is not a signed log head: origin, size and root are expected.")
    return Note(
        origin=lines[0],
        size=int(lines[1]),
        root=base64.b64decode(lines[2], validate=True),
        text=text + "\n",
        signatures=tuple(_signature(line) for line in signatures.splitlines() if line),
    )


def _signature(line: str) -> tuple[str, bytes]:
    dash, name, encoded = line.split(" ")
    if dash != "—":
        raise ValueError("A signature line begins with an em dash.")
    return name, base64.b64decode(encoded, validate=True)[4:]
