"""What of a data folder runs: one `up` at a time, a file that says which, and its addresses."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.site.launch import Trouble
from portal.site.launch.places import make_private


def file(data: Path) -> Path:
    return data / "run" / "up.json"


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the only `up` of this data folder; raise `Trouble` if another holds it."""
    make_private(make_private(data) / "run")
    with _lock_file(data).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(_already(data)) from None
        try:
            yield
        finally:
            file(data).unlink(missing_ok=True)


def _lock_file(data: Path) -> Path:
    return data / "run" / "up.lock"


def _already(data: Path) -> str:
    running = read(data)
    where = f" at {running['url']} (process {running['pid']})" if running else ""
    return f"Commonhold already runs from {data}{where}: stop it first, or use another --data."


def read(data: Path) -> dict[str, Any] | None:
    """Return what runs (`url`, `pid`, `children`: name -> pid), or None."""
    try:
        found: dict[str, Any] = json.loads(file(data).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def running(data: Path) -> dict[str, Any] | None:
    """Return what runs, or None. A killed `up` leaves its file behind, but not its lock."""
    try:
        with _lock_file(data).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return read(data)
    except OSError:
        pass
    return None


def keep_addresses(data: Path, *, public: str, content: str) -> None:
    """Note under which addresses this folder is served, for every `manage.py` on it."""
    _replace(_addresses_file(data), {"public": public, "content": content})


def addresses(data: Path) -> dict[str, str]:
    """Return `public` and `content` as the last `up` served this folder, else the defaults."""
    kept = {"public": "http://localhost:8000", "content": "http://localhost:8001"}
    with contextlib.suppress(OSError, ValueError):
        kept |= json.loads(_addresses_file(data).read_text())
    return kept


def _addresses_file(data: Path) -> Path:
    return data / "run" / "addresses.json"


def write(data: Path, state: dict[str, Any]) -> None:
    _replace(file(data), state)


def _replace(path: Path, content: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(content))
    unfinished.replace(path)
