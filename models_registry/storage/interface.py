"""What the registry asks of a store of immutable bytes. Local folders today, S3 behind it later."""

from dataclasses import dataclass
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

    def receive(
        self,
        stream: Readable,
        *,
        expect_sha256: str | None = None,
        expect_size: int | None = None,
    ) -> Content:
        """Store a stream durably; refuse it, storing nothing, where it is not as announced."""

    def has(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int:
        """Return the number of bytes; raises FileNotFoundError."""

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes as an open file with a real `fileno()`; raises FileNotFoundError."""

    def delete(self, sha256: str) -> None: ...
