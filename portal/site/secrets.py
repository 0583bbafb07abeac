"""Secrets of this installation: one file each under `var/secrets/` (0600), made on first use."""

import os
import secrets
from pathlib import Path


def read_or_make(folder: Path, name: str, nbytes: int = 48) -> str:
    """Return the secret `name`, making it atomically if it does not exist yet."""
    path = folder / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = folder / f".{name}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(nbytes))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # the first of two racing processes wins
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text().strip()
