"""The content store in a bucket: `sha256/ab/cd/<rest>`. What comes in through us
lies on our disk until then."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.http import content_disposition_header

from models_registry.storage.bucket import Bucket
from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content
from models_registry.storage.spool import Spool

DIGEST = hashlib.sha256().digest_size * 2


class BucketStore(Spool):
    """Immutable bytes by sha256 in a bucket; `root`: where they are while they come in."""

    stages = True

    def __init__(self, bucket: Bucket, root: Path, free_floor: int = 0) -> None:
        super().__init__(root, free_floor)
        self.bucket = bucket

    def key(self, sha256: str) -> str:
        if len(sha256) != DIGEST or not sha256.isalnum():
            raise ValueError("not a sha256")
        return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256[4:]}"

    def keep(self, temporary: Path, content: Content) -> None:
        self.bucket.put(self.key(content.sha256), temporary)
        crash_point("content:linked")

    def staging(self, name: str, size: int, seconds: int) -> str:
        return self.bucket.send_address(name, size, seconds)

    @contextmanager
    def staged(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        with self.bucket.taken(names) as key:
            yield key, self.bucket.fetch_address(key)

    def adopt_staged(self, key: str, content: Content) -> None:
        self.bucket.copy(key, self.key(content.sha256))
        crash_point("content:linked")

    def has(self, sha256: str) -> bool:
        return self.bucket.has(self.key(sha256))

    def size(self, sha256: str) -> int:
        return int(self.bucket.head(self.key(sha256))["ContentLength"])

    def open(self, sha256: str) -> BinaryIO:
        return self.bucket.open(self.key(sha256))

    def open_raw(self, sha256: str) -> BinaryIO:
        return self.open(sha256)

    def path_of(self, sha256: str) -> Path | None:
        return None

    def location(self, sha256: str) -> str:
        return self.bucket.fetch_address(self.key(sha256))

    def address(self, sha256: str, name: str, window: tuple[int, int] | None = None) -> str | None:
        """Members' files are downloads wherever they come from: never shown, never sniffed."""
        shown: dict[str, Any] = {
            "ResponseContentType": "application/octet-stream",
            "ResponseContentDisposition": content_disposition_header(True, name) or "attachment",
            "ResponseCacheControl": "private, no-store",
        }
        return self.bucket.fetch_address(self.key(sha256), window, **shown)

    def set_aside(self, sha256: str) -> None:
        """Take damaged bytes out of use, and keep them for who wants to look."""
        self.bucket.copy(self.key(sha256), f"damaged/{sha256}")
        self.delete(sha256)

    def keys(self) -> Iterator[str]:
        for key, _written in self.bucket.keys("sha256/"):
            yield "".join(key.split("/")[1:])

    def changed_at(self, sha256: str) -> float:
        return float(self.bucket.head(self.key(sha256))["LastModified"].timestamp())

    def delete(self, sha256: str) -> None:
        self.bucket.delete(self.key(sha256))
