"""Where bytes come in, whatever keeps them later: each into a file of its own, hashed meanwhile.

What is not as announced, or is cut short, leaves nothing behind.
"""

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content, Readable
from models_registry.storage.refusals import CutShort, DiskFull, NotAsAnnounced

CHUNK = 2**17  # bytes; fits a core's own cache, where copying costs little
_LOOK_AT_DISK_EVERY = 64 * 2**20


def full(error: OSError) -> Exception:
    """Return the refusal for a full disk, any other error as it is."""
    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else error


def write_all(file: BinaryIO, content: bytes) -> None:
    """Write to an unbuffered file, which may take less than it is given."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


class Spool:
    """Incoming bytes below `root`. `free_floor`: bytes of the disk left to others.

    `stages`: whether clients send elsewhere, and we take it from there.
    """

    stages = False

    def __init__(self, root: Path, free_floor: int = 0):
        self.root = root
        self.free_floor = free_floor

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    def keep(self, temporary: Path, content: Content) -> None:
        """Store what came in durably under its sha256; the temporary file may be taken away."""
        raise NotImplementedError

    def staging(self, name: str, size: int, seconds: int) -> str:
        """Return where a client sends `size` bytes without us, where the store `stages`."""
        raise NotImplementedError

    @contextmanager
    def staged(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Take what clients sent there, put together, out of their reach; yield its key, and where
        a checker reads it. Raises FileNotFoundError where nothing was sent."""
        raise NotImplementedError
        yield  # a generator that gives nothing

    def adopt_staged(self, key: str, content: Content) -> None:
        """Keep what was staged, once it was checked."""
        raise NotImplementedError

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
        self.keep(temporary, content)
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
            write_all(file, chunk)
        if size is not None and written < size:
            raise CutShort()
        return Content(digest.hexdigest(), written)
