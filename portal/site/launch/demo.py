"""The demo people's one-time codes, from the secrets of this installation."""

import base64
import hashlib
import hmac
import json
import struct
import time
from pathlib import Path

from portal.site.launch import Trouble
from portal.site.launch.places import data_folder

STEP_SECONDS = 30
DIGITS = 6


def cast_file(data: Path) -> Path:
    """Return what `seed_demo --json` printed at the first start; only its owner may read it."""
    return data / "secrets" / "demo-cast.json"


def people(data: Path) -> dict[str, dict[str, str]]:
    """Return name -> how to sign in as a demo person; empty without a demo community."""
    try:
        secrets = json.loads((data / "secrets" / "demo.json").read_text())
    except FileNotFoundError:
        return {}
    try:
        cast = json.loads(cast_file(data).read_text())["people"]
    except (FileNotFoundError, ValueError, KeyError):
        cast = {}
    return {name: {"username": name, **cast.get(name, {}), **own} for name, own in secrets.items()}


def code(name: str, data: str | None = None) -> str:
    """Return the current one-time code of a demo person, named by part or by handle."""
    folder = data_folder(data)
    known = people(folder)
    if not known:
        raise Trouble(f"{folder} has no demo community: start it once with ./commonhold up.")
    for part, person in known.items():
        if name.lower() in (part, person["username"]):
            if not person.get("totp_secret"):
                raise Trouble(f"{name} signs in with the password alone, without a code.")
            return totp(person["totp_secret"], time.time())
    raise Trouble(f"There is no demo person {name!r}; there are {', '.join(sorted(known))}.")


def totp(secret: str, now: float) -> str:
    """Return the time-based one-time password of RFC 6238 (SHA-1, 30 s, 6 digits)."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = struct.pack(">Q", int(now) // STEP_SECONDS)
    digest = hmac.new(base64.b32decode(padded), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"
