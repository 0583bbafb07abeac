"""What the registry asks of a store of immutable bytes: in local folders, or in a bucket of S3."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


class Readable(Protocol):
    """Anything bytes can be read from: a request body, a file."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Content:
    """Bytes that are stored under their sha256. `size`: bytes."""

    sha256: str
    size: int


class Store(Protocol):
    """Bytes by their sha256: written once, verified while they come in, never changed."""

    root: Path
    stages: bool

    @property
    def incoming(self) -> Path: ...

    def check_space(self, wanted: int = 0) -> None:
        """Refuse where `wanted` more bytes would leave less free than the floor."""

    def receive(
        self,
        stream: Readable,
        *,
        expect_sha256: str | None = None,
        expect_size: int | None = None,
    ) -> Content:
        """Store a stream durably; refuse it, storing nothing, where it is not as announced."""

    def receive_part(self, stream: Readable, folder: Path, number: int, size: int) -> str: ...

    def staging(self, name: str, size: int, seconds: int) -> str: ...

    def staged(self, names: Sequence[str]) -> AbstractContextManager[tuple[str, str]]: ...

    def adopt_staged(self, key: str, content: Content) -> None: ...

    def has(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int:
        """Return the number of bytes; raises FileNotFoundError."""

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes as an open file; raises FileNotFoundError."""

    def open_raw(self, sha256: str) -> BinaryIO:
        """Return the bytes unbuffered: the position of a descriptor is that of the file."""

    def path_of(self, sha256: str) -> Path | None:
        """Return the file on this machine that these bytes stand in, if there is one."""

    def location(self, sha256: str) -> str:
        """Return where a checker process reads these bytes: a path, or an address."""

    def address(self, sha256: str, name: str, window: tuple[int, int] | None = None) -> str | None:
        """Return where clients fetch the bytes (first and last of them) without us; None: from us.

        Never an answer to whether they may: ask before.
        """

    def set_aside(self, sha256: str) -> None: ...

    def keys(self) -> Iterator[str]: ...

    def changed_at(self, sha256: str) -> float: ...

    def delete(self, sha256: str) -> None: ...
