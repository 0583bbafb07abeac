"""A bucket of S3, and the few things that are asked of it.

Addresses are signed for one object, five minutes and, where they are for a part of it, for that
range: S3 itself refuses any other. What clients send goes to keys below `staging/` and is never
readable under a hash before it was checked: it can be overwritten by whoever has its address until
that expires, so it is taken to a key that nobody was given, checked there, and copied from there.
"""

import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from models_registry.storage.addresses import LIFETIME
from models_registry.storage.refusals import StoreAway

SECONDS = int(LIFETIME.total_seconds())
_MISSING = ("404", "NoSuchKey", "NotFound")
_OPTIONS = Config(
    signature_version="s3v4",
    connect_timeout=5,
    read_timeout=60,
    retries={"max_attempts": 3, "mode": "standard"},
    max_pool_connections=32,
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@contextmanager
def asking() -> Iterator[None]:
    """Turn what S3 answers into FileNotFoundError for what is not there, else `StoreAway`."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(str(error)) from error
        raise StoreAway() from error
    except (BotoCoreError, HTTPClientError) as error:
        raise StoreAway() from error


@dataclass(frozen=True)
class Bucket:
    """`endpoint`: where it is asked, by us and by clients; empty for Amazon's own."""

    name: str
    endpoint: str = ""
    region: str = "us-east-1"

    @cached_property
    def client(self) -> Any:
        """The client; made after a web server has forked its workers."""
        where = {"endpoint_url": self.endpoint or None, "region_name": self.region}
        return boto3.client("s3", config=_OPTIONS, **where)

    def put(self, key: str, path: Path) -> None:
        with asking(), path.open("rb") as file:
            self.client.upload_fileobj(file, self.name, key)

    def put_bytes(self, key: str, content: bytes) -> None:
        with asking():
            self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def get_bytes(self, key: str) -> bytes:
        with asking():
            return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def head(self, key: str) -> dict[str, Any]:
        """Return what S3 knows of an object; raises FileNotFoundError."""
        with asking():
            return dict(self.client.head_object(Bucket=self.name, Key=key))

    def has(self, key: str) -> bool:
        try:
            self.head(key)
        except FileNotFoundError:
            return False
        return True

    def copy(self, source: str, target: str) -> None:
        with asking():
            self.client.copy({"Bucket": self.name, "Key": source}, self.name, target)

    def join(self, sources: Sequence[str], target: str) -> None:
        """Make one object of these, in S3; each but the last has 5 MiB at least."""
        if len(sources) == 1:
            return self.copy(sources[0], target)
        place = {"Bucket": self.name, "Key": target}
        with asking():
            place["UploadId"] = self.client.create_multipart_upload(**place)["UploadId"]
            try:
                parts = [self._part(place, *row) for row in enumerate(sources, start=1)]
                self.client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
            except BaseException:
                self.client.abort_multipart_upload(**place)
                raise

    def _part(self, place: dict[str, str], number: int, key: str) -> dict[str, Any]:
        source = {"Bucket": self.name, "Key": key}
        made = self.client.upload_part_copy(**place, PartNumber=number, CopySource=source)
        return {"PartNumber": number, "ETag": made["CopyPartResult"]["ETag"]}

    @contextmanager
    def taken(self, names: Sequence[str]) -> Iterator[str]:
        """Take what was staged under these names, put together, out of its senders' reach; yield
        its key. Raises FileNotFoundError where nothing was sent."""
        key = f"incoming/{uuid.uuid4().hex}"
        staged = [f"staging/{name}" for name in names]
        self.join(staged, key)
        try:
            yield key
        finally:
            for gone in (key, *staged):
                self.delete(gone)

    def delete(self, key: str) -> None:
        with asking():
            self.client.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Yield each key below `prefix`, and when it was written, as Unix seconds."""
        pages = self.client.get_paginator("list_objects_v2")
        with asking():
            for page in pages.paginate(Bucket=self.name, Prefix=prefix):
                for found in page.get("Contents", []):
                    yield found["Key"], found["LastModified"].timestamp()

    def abandon(self, before: float) -> int:
        """Give up what we began to put together before `before`, in Unix seconds; return how many.

        A process that was killed in between leaves parts that no list of keys shows.
        """
        pages = self.client.get_paginator("list_multipart_uploads")
        with asking():
            stale = [
                found
                for page in pages.paginate(Bucket=self.name)
                for found in page.get("Uploads", [])
                if found["Initiated"].timestamp() < before
            ]
            for found in stale:
                place = {"Bucket": self.name, "Key": found["Key"]}
                self.client.abort_multipart_upload(**place, UploadId=found["UploadId"])
        return len(stale)

    def stream(self, key: str, first: int, behind: int | None) -> Any:
        """Return the body of an object from byte `first` on, up to `behind` (exclusive)."""
        last = "" if behind is None else behind - 1
        with asking():
            told = self.client.get_object(Bucket=self.name, Key=key, Range=f"bytes={first}-{last}")
        return told["Body"]

    def open(self, key: str, first: int = 0, behind: int | None = None) -> BinaryIO:
        """Return an object as a file from byte `first` on; raises FileNotFoundError."""
        size = int(self.head(key)["ContentLength"]) if behind is None else behind
        return cast(BinaryIO, Object(self, key, first, size))

    def fetch_address(self, key: str, window: tuple[int, int] | None = None, **shown: str) -> str:
        """Return an address to GET an object from; `window`: the only bytes it gives.

        `shown`: the headers that the answer shall carry, as S3 names their parameters.
        """
        wanted = {"Bucket": self.name, "Key": key, **shown}
        if window is not None:
            wanted["Range"] = f"bytes={window[0]}-{window[1]}"
        return self._signed("get_object", wanted)

    def send_address(self, name: str, size: int, seconds: int = SECONDS, **more: str) -> str:
        """Return an address to PUT exactly `size` bytes to, which are staged under `name`."""
        wanted = {"Bucket": self.name, "Key": f"staging/{name}", "ContentLength": size, **more}
        return self._signed("put_object", wanted, seconds)

    def _signed(self, what: str, parameters: dict[str, Any], seconds: int = SECONDS) -> str:
        return str(self.client.generate_presigned_url(what, Params=parameters, ExpiresIn=seconds))


class Object(io.RawIOBase):
    """An object as a file that can be read from anywhere; asks S3 again after each jump."""

    def __init__(self, bucket: Bucket, key: str, at: int, behind: int) -> None:
        self._bucket, self._key = bucket, key
        self._at, self._behind = at, behind
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._behind}[whence]
        if base + offset != self._at:
            self._drop()
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        if self._at >= self._behind:
            return 0
        if self._body is None:
            self._body = self._bucket.stream(self._key, self._at, self._behind)
        with asking():
            content = self._body.read(min(len(buffer), self._behind - self._at))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._drop()
        super().close()
