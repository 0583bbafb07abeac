"""The demo's passwords and second factors: random for each installation, in `secrets/demo.json`."""

import json
import os
import secrets
from pathlib import Path

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings

from portal.demo.cast import PARTS


def path() -> Path:
    return Path(settings.SECRETS_DIR) / "demo.json"


def read_or_make() -> dict[str, dict[str, str]]:
    """Return name -> {password, totp_secret ("" without)}; what is missing is made and kept."""
    try:
        kept = json.loads(path().read_text())
    except FileNotFoundError:
        kept = {}
    missing = [name for name in PARTS if name not in kept]
    for name in missing:
        kept[name] = {
            "password": "-".join(secrets.token_urlsafe(6) for _ in range(3)),
            "totp_secret": generate_totp_secret() if PARTS[name].two_factor else "",
        }
    if missing:
        _write(kept)
    return kept


def _write(kept: dict[str, dict[str, str]]) -> None:
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path().with_name(f".demo.json.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file, indent=1)
    temporary.replace(path())


def forget() -> None:
    path().unlink(missing_ok=True)
