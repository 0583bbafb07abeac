"""Xorbs that came in and that nobody has checked yet: `arrivals/<repo>-<person>-<hash>`.

They lie by their sender, who alone can have them taken up, since under its name a xorb would be
everybody's. A file is never written to again: one that comes once more takes its place.
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from models_registry.storage.crash import crash_point
from models_registry.storage.local import sync_file, sync_folder
from models_registry.storage.spool import Spool


class Sender(NamedTuple):
    """The keys of the repo that something is sent to, and of who sends it."""

    repo: int
    person: int


class Arrivals:
    """Unchecked xorbs, on the same disk as `contents`."""

    def __init__(self, contents: Spool) -> None:
        self._contents = contents

    @property
    def _root(self) -> Path:
        return self._contents.root / "arrivals"

    def _path(self, sender: Sender, name: bytes) -> Path:
        return self._root / f"{sender.repo}-{sender.person}-{name.hex()}"

    def has(self, sender: Sender, name: bytes) -> bool:
        return self._path(sender, name).is_file()

    def keep(self, temporary: Path, sender: Sender, name: bytes) -> None:
        """Keep what came in until its shard comes; the temporary file is taken away."""
        self._root.mkdir(mode=0o700, exist_ok=True)
        sync_file(temporary)
        os.replace(temporary, self._path(sender, name))
        sync_folder(self._root)
        crash_point("xorb:arrived")

    @contextmanager
    def held(self, sender: Sender, names: Iterable[bytes]) -> Iterator[dict[bytes, Path]]:
        """Yield those of these xorbs that the sender sent, each as a second name of its file.

        It stays what it is, whatever the sender sends or drops meanwhile.
        """
        found: dict[bytes, Path] = {}
        try:
            for name in names:
                second = self._contents.incoming / uuid.uuid4().hex
                with suppress(FileNotFoundError):
                    os.link(self._path(sender, name), second)
                    found[name] = second
                    os.utime(second)  # no leftover for the sweep of what came in
            yield found
        finally:
            for path in found.values():
                path.unlink(missing_ok=True)

    def drop(self, sender: Sender, name: bytes) -> None:
        self._path(sender, name).unlink(missing_ok=True)

    def old(self, before: float) -> Iterator[Path]:
        """Yield what came before, in Unix seconds, and whose shard never did."""
        for path in self._root.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    yield path
