"""Xorbs in a bucket: `xorbs/ab/cd/<rest>` and `….index`; clients send them to `staging/`."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from models_registry.formats.xet.xorbs import Index
from models_registry.storage.bucket import Bucket
from models_registry.storage.crash import crash_point
from models_registry.storage.spool import Spool
from models_registry.storage.xorbs import Staging, XorbStore

_LOCK = 0x786F7262  # "xorb", as the number of an advisory lock


class BucketXorbStore(XorbStore):
    """Checked xorbs by their hash in a bucket; `contents`: where they are while they come in."""

    def __init__(self, bucket: Bucket, contents: Spool) -> None:
        super().__init__(contents)
        self.arrivals = None  # a shard may come to another machine than its xorbs
        self.bucket = bucket

    def key(self, name: bytes) -> str:
        text = name.hex()
        return f"xorbs/{text[:2]}/{text[2:4]}/{text[4:]}"

    def _index_key(self, name: bytes) -> str:
        return f"{self.key(name)}.index"

    def has(self, name: bytes) -> bool:
        return self.bucket.has(self.key(name))

    def open(self, name: bytes, first: int, behind: int) -> BinaryIO:
        return self.bucket.open(self.key(name), first, behind)

    def path_of(self, name: bytes) -> Path | None:
        return None

    def location(self, name: bytes) -> str:
        return self.bucket.fetch_address(self.key(name))

    def address(self, name: bytes, first: int, last: int) -> str | None:
        return self.bucket.fetch_address(self.key(name), (first, last))

    def read_index(self, name: bytes) -> Index:
        return Index.from_bytes(self.bucket.get_bytes(self._index_key(name)))

    def _written(self, name: bytes) -> int:
        return 0  # to ask costs a request: a damaged xorb in another packing takes a restart

    def staging(self, name: str, size: int, crc64: str) -> Staging | None:
        checksum = base64.b64encode(int(crc64).to_bytes(8, "big")).decode()
        url = self.bucket.send_address(name, size, ChecksumCRC64NVME=checksum)
        return Staging(url, {"x-amz-checksum-crc64nvme": checksum})

    @contextmanager
    def staged(self, name: str) -> Iterator[tuple[str, str]]:
        with self.bucket.taken([name]) as key:
            yield key, self.bucket.fetch_address(key)

    def adopt_staged(self, key: str, name: bytes, index: Index) -> None:
        """Keep a checked xorb; what stood behind its last chunk is kept with it, and never read."""
        self.bucket.put_bytes(self._index_key(name), index.to_bytes())
        self.bucket.copy(key, self.key(name))
        crash_point("xorb:linked")

    def adopt(self, temporary: Path, name: bytes, index: Index) -> None:
        self.bucket.put_bytes(self._index_key(name), index.to_bytes())
        self.bucket.put(self.key(name), temporary)
        crash_point("xorb:linked")

    def put(self, content: bytes | bytearray, name: bytes, index: Index) -> None:
        with self.received(BytesIO(content), len(content)) as temporary:
            self.adopt(temporary, name, index)

    @contextmanager
    def held(self, *, alone: bool = False) -> Iterator[None]:
        """Hold the lock of this machine, and that of the database all machines share."""
        with super().held(alone=alone), _held_by_database(_ALONE if alone else _SHARED, _LOCK):
            yield

    @contextmanager
    def coming_in(self, name: bytes) -> Iterator[None]:
        with super().coming_in(name), _held_by_database(_EACH, _LOCK, name[0]):
            yield

    def delete(self, name: bytes) -> None:
        self.bucket.delete(self.key(name))
        self.bucket.delete(self._index_key(name))
        self._kept.cache_clear()

    def names(self) -> Iterator[tuple[bytes, float]]:
        for key, written in self.bucket.keys("xorbs/"):
            if not key.endswith(".index"):
                yield bytes.fromhex("".join(key.split("/")[1:])), written

    def sweep_staging(self, before: float) -> int:
        found = [*self.bucket.keys("staging/"), *self.bucket.keys("incoming/")]
        stale = [key for key, written in found if written < before]
        for key in stale:
            self.bucket.delete(key)
        return len(stale) + self.bucket.abandon(before)


@contextmanager
def _held_by_database(statements: tuple[str, str], *key: int) -> Iterator[None]:
    if connection.vendor != "postgresql":  # SQLite: one machine, whose lock is held
        yield
        return
    take, leave = statements
    with connection.cursor() as cursor:
        cursor.execute(take, key)
        try:
            yield
        finally:
            cursor.execute(leave, key)


_ALONE = ("SELECT pg_advisory_lock(%s)", "SELECT pg_advisory_unlock(%s)")
_SHARED = ("SELECT pg_advisory_lock_shared(%s)", "SELECT pg_advisory_unlock_shared(%s)")
_EACH = ("SELECT pg_advisory_lock(%s, %s)", "SELECT pg_advisory_unlock(%s, %s)")
