"""Any stored file as plain bytes, whichever way it came in: whole, or as chunks of xorbs."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from django.conf import settings

from models_registry.formats.xet import plans, xorbs
from models_registry.formats.xet.shards import Term
from models_registry.models import XetFile
from models_registry.storage.interface import Store
from models_registry.storage.local import LocalStore
from models_registry.storage.xorbs import XorbStore


def _configured() -> tuple[Store, XorbStore]:
    """Return the stores that the settings ask for: in folders, or in a bucket.

    boto3 is loaded for a bucket only: it takes a sixth of the time in which a process starts.
    """
    place = settings.CONTENT_DIR, settings.CONTENT_FREE_FLOOR
    if not settings.S3_BUCKET:
        local = LocalStore(*place)
        return local, XorbStore(local)
    from models_registry.storage.bucket import Bucket
    from models_registry.storage.bucket_store import BucketStore
    from models_registry.storage.bucket_xorbs import BucketXorbStore

    bucket = Bucket(settings.S3_BUCKET, settings.S3_ENDPOINT, settings.S3_REGION)
    remote = BucketStore(bucket, *place)
    return remote, BucketXorbStore(bucket, remote)


store, xorb_store = _configured()


def is_here(sha256: str) -> bool:
    """Say whether these bytes are stored, whole or in chunks."""
    return store.has(sha256) or XetFile.objects.filter(blob=sha256).exists()


def opened(sha256: str) -> BinaryIO:
    """Return a stored file's bytes, whichever way it came in; raises FileNotFoundError."""
    try:
        return store.open_raw(sha256)
    except FileNotFoundError:
        file = XetFile.objects.filter(blob=sha256).first()
        if file is None:
            raise
        return Reader(plans.from_rows(bytes(file.terms)))  # type: ignore[return-value]


class Reader(io.RawIOBase):
    """The content of a file made of runs of chunks; it can be read from anywhere.

    Decodes one chunk at a time and holds no more. There is no file descriptor behind it.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._ends: list[int] = []
        for term in terms:
            self._ends.append((self._ends[-1] if self._ends else 0) + term.size)
        self._at = 0
        self._chunks: Any = None
        self._rest = memoryview(b"")

    @property
    def size(self) -> int:
        return self._ends[-1] if self._ends else 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        self._rest, self._chunks = memoryview(b""), None
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, less than `size` at the end only: one copy of what was decoded."""
        return b"".join(self._next(self.size if size < 0 else size))

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        filled = 0
        for part in self._next(len(view)):
            view[filled : filled + len(part)] = part
            filled += len(part)
        return filled

    def _next(self, size: int) -> Iterator[memoryview]:
        while size > 0 and self._fill():
            part, self._rest = self._rest[:size], self._rest[size:]
            self._at += len(part)
            size -= len(part)
            yield part

    def _fill(self) -> bool:
        """Have decoded bytes at hand, unless the file is at its end."""
        if self._chunks is None:
            self._chunks = self._from(self._at)
        while not self._rest:
            found = next(self._chunks, None)
            if found is None:
                return False
            self._rest = memoryview(found)
        return True

    def _from(self, at: int) -> Any:
        """Yield the decoded chunks from the byte `at` on."""
        number = bisect_right(self._ends, at)
        skip = at - (self._ends[number - 1] if number else 0)
        for term in self._terms[number:]:
            index = xorb_store.index(term.xorb)
            wanted = index.raw_range(term.start, term.end)[0] + skip
            start = index.chunk_at(wanted)
            skip = wanted - index.raw_range(start, term.end)[0]
            place = index.packed_range(start, term.end)
            with (
                xorb_store.open(term.xorb, *place) as raw,
                io.BufferedReader(raw, 2**18) as file,  # type: ignore[type-var]
            ):
                for chunk in xorbs.decoded(file, start, term.end):
                    yield chunk[skip:]
                    skip = 0
