"""The content store in local folders: `sha256/ab/cd/<rest>`, and `incoming/` for what arrives.

Write order: temporary file, fsync, link into place, fsync of the folder; only then is a row
written. A crash leaves at worst a temporary file or bytes without a row, which the sweep removes.
"""

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content, Readable
from models_registry.storage.refusals import CutShort, DiskFull, NotAsAnnounced

CHUNK = 2**17  # bytes; fits a core's own cache, where copying costs little
_LOOK_AT_DISK_EVERY = 64 * 2**20


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def full(error: OSError) -> Exception:
    """Return the refusal for a full disk, any other error as it is."""
    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else error


class LocalStore:
    """Immutable bytes by sha256 below `root`. `free_floor`: bytes of the disk left to others."""

    def __init__(self, root: Path, free_floor: int = 0):
        self.root = root
        self.free_floor = free_floor

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def _blobs(self) -> Path:
        return self.root / "sha256"

    def path(self, sha256: str) -> Path:
        """Return where these bytes stand, or would stand."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError("not a sha256")
        return self._blobs / sha256[:2] / sha256[2:4] / sha256[4:]

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

    def check_space(self, wanted: int = 0) -> None:
        """Refuse where `wanted` more bytes would leave less free than the floor."""
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk = os.statvfs(self.incoming)
        if disk.f_bavail * disk.f_frsize < self.free_floor + wanted:
            raise DiskFull()

    def receive(
        self,
        stream: Readable,
        *,
        expect_sha256: str | None = None,
        expect_size: int | None = None,
    ) -> Content:
        """Store a stream under its sha256 and return it; what is announced must be what comes."""
        self.check_space(expect_size or 0)
        temporary = self.incoming / uuid.uuid4().hex
        try:
            return self._receive(stream, temporary, expect_sha256, expect_size)
        except OSError as error:
            raise full(error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def receive_part(self, stream: Readable, folder: Path, number: int, size: int) -> str:
        """Store one part of a file as `<number>.<sha256>` in `folder`; return its sha256."""
        self.check_space(size)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self.incoming / uuid.uuid4().hex
        try:
            with temporary.open("xb", buffering=0) as file:
                part = self._write(stream, file, size)
            os.replace(temporary, folder / f"{number}.{part.sha256}")
            return part.sha256
        except OSError as error:
            raise full(error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _receive(
        self, stream: Readable, temporary: Path, sha256: str | None, size: int | None
    ) -> Content:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            content = self._write(stream, file, size)
            crash_point("content:tmp-written")
            if sha256 is not None and content.sha256 != sha256:
                raise NotAsAnnounced()
            os.fsync(file.fileno())
        crash_point("content:tmp-synced")
        self._link(temporary, content)
        return content

    def _write(self, stream: Readable, file: BinaryIO, size: int | None) -> Content:
        digest = hashlib.sha256()
        written = looked = 0
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if size is not None and written > size:
                raise NotAsAnnounced()
            if written - looked > _LOOK_AT_DISK_EVERY:
                self.check_space()
                looked = written
            digest.update(chunk)
            view = memoryview(chunk)
            while view:
                view = view[file.write(view) :]
        if size is not None and written < size:
            raise CutShort()
        return Content(digest.hexdigest(), written)

    def _link(self, temporary: Path, content: Content) -> None:
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
