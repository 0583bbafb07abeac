"""Xorbs in local folders: `xorbs/ab/cd/<rest>` and beside each its index, `<rest>.index`.

Written as blobs are: temporary file, fsync, rename, fsync of the folder; the index first, so that a
xorb that is there can be read.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from models_registry.formats.xet.xorbs import Index
from models_registry.storage.arrivals import Arrivals
from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Readable
from models_registry.storage.local import sync_file, sync_folder
from models_registry.storage.refusals import NotAsAnnounced
from models_registry.storage.spool import CHUNK, Spool, full, write_all

INDEXES_KEPT = 512  # of 0.3 MB at most


@dataclass(frozen=True)
class Staging:
    """Where a client PUTs a xorb, and the headers it sends along."""

    url: str
    headers: dict[str, str]


class XorbStore:
    """Checked xorbs by their hash, on the same disk as `contents`.

    `arrivals`: where xorbs wait that nobody has checked; None where each is checked at once.
    """

    def __init__(self, contents: Spool) -> None:
        self._contents = contents
        self.arrivals: Arrivals | None = Arrivals(contents)
        self._kept = lru_cache(maxsize=INDEXES_KEPT)(self._read_index_of)

    @property
    def _root(self) -> Path:
        return self._contents.root / "xorbs"

    def path(self, name: bytes) -> Path:
        text = name.hex()
        return self._root / text[:2] / text[2:4] / text[4:]

    def index_path(self, name: bytes) -> Path:
        return self.path(name).with_suffix(".index")

    def has(self, name: bytes) -> bool:
        return self.path(name).is_file()

    def open(self, name: bytes, first: int, behind: int) -> BinaryIO:
        """Return a xorb, unbuffered, at its byte `first`; nobody will read on to byte `behind`.

        Raises FileNotFoundError.
        """
        file = self.path(name).open("rb", buffering=0)
        file.seek(first)
        return cast(BinaryIO, file)

    def path_of(self, name: bytes) -> Path | None:
        """Return the file on this machine that the xorb stands in, if there is one."""
        return self.path(name)

    def location(self, name: bytes) -> str:
        """Return where a checker process reads the xorb: a path, or an address."""
        return str(self.path(name))

    def address(self, name: bytes, first: int, last: int) -> str | None:
        """Return where clients fetch these bytes without us; None: from us."""
        return None

    def index(self, name: bytes) -> Index:
        """Return where the chunks of a xorb lie; keeps what it read. Raises FileNotFoundError."""
        return self._kept(name, self._written(name))

    def read_index(self, name: bytes) -> Index:
        """Return the index as it is on disk."""
        return Index.from_bytes(self.index_path(name).read_bytes())

    def _read_index_of(self, name: bytes, written: int) -> Index:
        return self.read_index(name)

    def _written(self, name: bytes) -> int:
        """Return what changes when a damaged xorb comes again, perhaps packed in another way."""
        return self.index_path(name).stat().st_mtime_ns

    def staging(self, name: str, size: int, crc64: str) -> Staging | None:
        """Return where a client may send a xorb to without us; None where that is nowhere."""
        return None

    @contextmanager
    def staged(self, name: str) -> Iterator[tuple[str, str]]:
        """Take a staged xorb out of its sender's reach; yield its key, and where it is read.

        Raises FileNotFoundError where nothing was sent.
        """
        raise FileNotFoundError(name)
        yield  # a generator that gives nothing

    def adopt_staged(self, key: str, name: bytes, index: Index) -> None:
        """Keep a checked xorb that was staged."""
        raise FileNotFoundError(key)

    def sweep_staging(self, before: float) -> int:
        """Delete what was staged and never committed since `before`, in Unix seconds."""
        return 0

    @contextmanager
    def taken(self, path: Path, limit: int) -> Iterator[Path]:
        """Take a file of at most `limit` bytes that a web server has written; it goes with the
        block."""
        temporary = self._contents.incoming / uuid.uuid4().hex
        os.replace(path, temporary)
        try:
            if temporary.stat().st_size > limit:
                raise NotAsAnnounced()
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def received(self, stream: Readable, limit: int) -> Iterator[Path]:
        """Write a stream of at most `limit` bytes to a temporary file that goes with the block."""
        self._contents.check_space()
        temporary = self._contents.incoming / uuid.uuid4().hex
        try:
            with temporary.open("xb", buffering=0) as file:
                written = 0
                while chunk := stream.read(CHUNK):
                    written += len(chunk)
                    if written > limit:
                        raise NotAsAnnounced()
                    write_all(file, chunk)
            yield temporary
        except OSError as error:
            raise full(error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, content: bytes | bytearray, name: bytes, index: Index) -> None:
        """Keep a xorb that we made ourselves."""
        with self.received(BytesIO(content), len(content)) as temporary:
            self.adopt(temporary, name, index)

    def adopt(self, temporary: Path, name: bytes, index: Index) -> None:
        """Keep a checked xorb, without what stood behind its last chunk; safe to repeat."""
        os.truncate(temporary, index.packed_size)
        target = self.path(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = temporary.with_suffix(".index")
        try:
            _write_durably(aside, index.to_bytes())
            sync_file(temporary)
            crash_point("xorb:tmp-synced")
            os.replace(aside, self.index_path(name))
            os.replace(temporary, target)
        finally:
            aside.unlink(missing_ok=True)
        crash_point("xorb:linked")
        for folder in (target.parent, target.parent.parent, self._root):
            sync_folder(folder)
        crash_point("xorb:folder-synced")

    @contextmanager
    def held(self, *, alone: bool = False) -> Iterator[None]:
        """Keep xorbs from going while one comes in (`alone`: from coming in while they go).

        Between a xorb's arrival on disk and its row it looks like something that nobody needs.
        """
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._root / "lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield

    @contextmanager
    def coming_in(self, name: bytes) -> Iterator[None]:
        """Keep xorbs from going, and this one from coming in twice at once: then the index of one
        packing could be kept with the bytes of another."""
        with self.held(), (self._root / f"lock-{name.hex()[:2]}").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def delete(self, name: bytes) -> None:
        self.path(name).unlink(missing_ok=True)
        self.index_path(name).unlink(missing_ok=True)
        self._kept.cache_clear()

    def names(self) -> Iterator[tuple[bytes, float]]:
        """Yield each xorb on disk, and when it was written, as Unix seconds."""
        for path in self._root.glob("??/??/*"):
            if not path.suffix:
                yield bytes.fromhex("".join(path.parts[-3:])), path.stat().st_mtime


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
