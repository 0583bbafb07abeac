"""The content store in local folders: `sha256/ab/cd/<rest>`, and `incoming/` for what arrives.

Write order: temporary file, fsync, link into place, fsync of the folder; only then is a row
written. A crash leaves at worst a temporary file or bytes without a row, which the sweep removes.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content
from models_registry.storage.spool import Spool


def sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class LocalStore(Spool):
    """Immutable bytes by sha256 below `root`."""

    @property
    def _blobs(self) -> Path:
        return self.root / "sha256"

    def path(self, sha256: str) -> Path:
        """Return where these bytes stand, or would stand."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError("not a sha256")
        return self._blobs / sha256[:2] / sha256[2:4] / sha256[4:]

    def path_of(self, sha256: str) -> Path | None:
        """Return the file on this machine that these bytes stand in, if there is one."""
        path = self.path(sha256)
        return path if path.is_file() else None

    def location(self, sha256: str) -> str:
        """Return where a checker process reads these bytes: a path, or an address."""
        return str(self.path(sha256))

    def address(self, sha256: str, name: str, window: tuple[int, int] | None = None) -> str | None:
        """Return where clients fetch the bytes without us; None: from us."""
        return None

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        return self.path(sha256).stat().st_size

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def open_raw(self, sha256: str) -> BinaryIO:
        """Return the bytes unbuffered: the position of the descriptor is that of the file."""
        return cast(BinaryIO, self.path(sha256).open("rb", buffering=0))

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def set_aside(self, sha256: str) -> None:
        """Take damaged bytes out of use, and keep them for who wants to look."""
        target = self.root / "damaged" / sha256
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self.path(sha256), target)

    def keys(self) -> Iterator[str]:
        """Yield the sha256 of everything stored."""
        for file in self._blobs.glob("??/??/*"):
            yield file.parent.parent.name + file.parent.name + file.name

    def changed_at(self, sha256: str) -> float:
        """Return when these bytes last came in, in seconds since 1970."""
        return self.path(sha256).stat().st_mtime

    def keep(self, temporary: Path, content: Content) -> None:
        target = self.path(content.sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(temporary, target)
        except FileExistsError:
            if target.stat().st_size != content.size:  # damaged on disk: the verified bytes win
                os.replace(temporary, target)
            else:
                os.utime(target)  # wanted again: no stray for the sweep
        crash_point("content:linked")
        for folder in (target.parent, target.parent.parent, self._blobs):
            sync_folder(folder)
        crash_point("content:folder-synced")
