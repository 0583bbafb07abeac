"""What of a data folder runs: one `up` at a time, and a file that says which."""

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
    run = make_private(make_private(data) / "run")
    with (run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(_already(data)) from None
        try:
            yield
        finally:
            file(data).unlink(missing_ok=True)


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


def write(data: Path, state: dict[str, Any]) -> None:
    unfinished = file(data).with_suffix(".new")
    unfinished.write_text(json.dumps(state))
    unfinished.replace(file(data))
