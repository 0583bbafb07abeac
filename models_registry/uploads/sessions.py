"""Uploads of large files: what may be sent, where to, and how parts become a file.

An address lives five minutes, counted from the last byte that came in under its upload: a batch
names many files at once, and the last of them is sent long after the first. What goes to a bucket
passes us by: those addresses live as long as an upload may take, and give nothing to read.
"""

import datetime as dt
import math
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from models_registry import quotas
from models_registry.formats.lfs import LARGEST, is_sha256
from models_registry.models import Repo, Upload
from models_registry.storage import Content, Readable, addresses, store, xorb_store
from models_registry.storage.addresses import LIFETIME, Sending
from models_registry.storage.ownership import keep, own, owned
from models_registry.storage.refusals import CutShort, NotAsAnnounced
from models_registry.storage.spool import CHUNK
from models_registry.xet import checking
from portal.clock import db_now
from portal.errors import Forbidden, Invalid
from portal.people.models import Person

PART_SIZE = 256 * 2**20  # bytes
MULTIPART_FROM = 2**30  # bytes
LONGEST_UPLOAD = dt.timedelta(hours=24)
TOUCHED_EVERY = LIFETIME.total_seconds() / 5  # while bytes come in
_ETAG = re.compile(r'"?([0-9a-f]{64})"?')


@dataclass(frozen=True)
class Offer:
    """Where to send one file. `header`: empty for one PUT; part addresses and sizes for several."""

    upload: uuid.UUID
    content: Content
    href: str
    header: Mapping[str, str] = field(default_factory=dict)


def check_announced(sha256: object, size: object) -> Content:
    """Return what a client announces, or refuse hashes and sizes that cannot be."""
    if not isinstance(sha256, str) or not is_sha256(sha256):
        raise Invalid(_("“oid” must be a SHA-256: 64 lowercase hex digits."), code="BadOid")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= LARGEST:
        raise Invalid(_("“size” must be a whole number of bytes."), code="BadSize")
    return Content(sha256, size)


def offers(
    repo: Repo, person: Person, announced: Iterable[Content], *, multipart: bool = False
) -> list[Offer | None]:
    """Return where to send each file; None for one that this repo owns already.

    A file that only another repo owns is asked for like one that nobody has. Raises the quota's
    refusal before anything is sent.
    """
    wanted = list(announced)
    have = owned(repo, (content.sha256 for content in wanted))
    keep(repo, have)
    missing = {c.sha256: c for c in wanted if have.get(c.sha256) != c.size}
    if not missing:
        return [None] * len(wanted)
    for content in missing.values():
        quotas.check_file(content.size)
    total = sum(content.size for content in missing.values())
    quotas.check(quotas.charged_to(repo, person), total)
    if not store.stages:
        store.check_space(total)
    now = db_now()
    upload = Upload.objects.create(repo=repo, person=person, created_at=now, touched_at=now)
    return [
        _offer(upload, content, multipart) if content.sha256 in missing else None
        for content in wanted
    ]


def _offer(upload: Upload, content: Content, multipart: bool) -> Offer:
    if not multipart or content.size < MULTIPART_FROM:
        return Offer(upload.pk, content, _address(upload, content))
    header = {"chunk_size": str(PART_SIZE)}
    for number in range(1, math.ceil(content.size / PART_SIZE) + 1):
        header[str(number)] = _address(upload, content, number)
    href = addresses.sending(upload, content, part=0)
    return Offer(upload.pk, content, href, header)


def _address(upload: Upload, content: Content, part: int | None = None) -> str:
    """Return where the client sends the file, or a part of it."""
    if not store.stages:
        return addresses.sending(upload, content, part)
    size = _part_length(content, part) if part else content.size
    name = _staged_name(upload, content, part or 0)
    return store.staging(name, size, int(LONGEST_UPLOAD.total_seconds()))


def _staged_name(upload: Upload, content: Content, part: int) -> str:
    return f"{upload.pk.hex}.{content.sha256}.{part}"


def live(sending: Sending) -> Upload:
    """Return the upload of an address that may still be used now, or refuse."""
    upload = (
        Upload.objects.select_related("repo__namespace", "person").filter(pk=sending.upload).first()
    )
    now = db_now()
    if (
        upload is None
        or (not store.stages and now > upload.touched_at + LIFETIME)
        or now > upload.created_at + LONGEST_UPLOAD
    ):
        raise Forbidden(_("This upload address has expired. Start the upload again."))
    return upload


def touch(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(touched_at=db_now())


class Alive:
    """A stream that keeps its upload alive while bytes come in.

    When to say so again is no deadline, so the process's own clock will do: the database's would
    be asked thousands of times a GB.
    """

    def __init__(self, stream: Readable, upload: Upload):
        self._stream = stream
        self._upload = upload
        self._touched = time.monotonic()

    def read(self, size: int = -1, /) -> bytes:
        if time.monotonic() - self._touched > TOUCHED_EVERY:
            touch(self._upload)
            self._touched = time.monotonic()
        return self._stream.read(size)


def check_room(upload: Upload, announced: Content) -> None:
    """Refuse a file for which there is no room any more: offers promise, they do not reserve."""
    if announced.sha256 not in owned(upload.repo, [announced.sha256]):
        quotas.check(quotas.charged_to(upload.repo, upload.person), announced.size)


def receive(upload: Upload, announced: Content, stream: Readable) -> Content:
    """Store a whole file that was sent to this upload, and make the repo its owner."""
    check_room(upload, announced)
    content = store.receive(
        Alive(stream, upload), expect_sha256=announced.sha256, expect_size=announced.size
    )
    _owned(upload, content)
    return content


def _owned(upload: Upload, content: Content) -> None:
    """Make the repo the owner, unless files that came at the same time took the room."""
    charged = quotas.charged_to(upload.repo, upload.person)
    with transaction.atomic():
        quotas.hold(charged)
        check_room(upload, content)
        own(upload.repo, content, by=upload.person, charged=charged)
    touch(upload)


def parts_folder(upload: uuid.UUID, sha256: str) -> Path:
    return store.incoming / "parts" / upload.hex / sha256


def _part_length(announced: Content, number: int) -> int:
    last = math.ceil(announced.size / PART_SIZE)
    if not 1 <= number <= last:
        raise Invalid(_("There is no such part of this file."))
    return announced.size - PART_SIZE * (last - 1) if number == last else PART_SIZE


def receive_part(upload: Upload, announced: Content, number: int, stream: Readable) -> str:
    """Store one part until all are there; returns its ETag, the sha256 of its bytes."""
    length = _part_length(announced, number)
    check_room(upload, announced)
    folder = parts_folder(upload.pk, announced.sha256)
    etag = store.receive_part(Alive(stream, upload), folder, number, length)
    touch(upload)
    return etag


def assemble(upload: Upload, announced: Content, etags: Mapping[int, str]) -> Content:
    """Make the file of its parts, verify it as a whole, and make the repo its owner."""
    folder = parts_folder(upload.pk, announced.sha256)
    last = math.ceil(announced.size / PART_SIZE)
    if announced.sha256 in owned(upload.repo, [announced.sha256]):
        return announced  # the answer to an earlier completion was lost
    if store.stages:
        return _take(upload, announced, range(1, last + 1))
    paths = [_part(folder, number, etags.get(number, "")) for number in range(1, last + 1)]
    content = store.receive(
        Alive(Joined(paths), upload),
        expect_sha256=announced.sha256,
        expect_size=announced.size,
    )
    _owned(upload, content)
    shutil.rmtree(folder, ignore_errors=True)
    return content


def take(upload: uuid.UUID, announced: Content, *, repo: Repo, person: Person) -> None:
    """Store a file that a client sent to the bucket in one piece, if it did, for this upload of its
    own; make the repo its owner."""
    since = db_now() - LONGEST_UPLOAD
    found = Upload.objects.filter(pk=upload, repo=repo, person=person, created_at__gt=since).first()
    if found is not None and store.stages:
        with suppress(CutShort):
            _take(found, announced, [0])


def _take(upload: Upload, announced: Content, parts: Iterable[int]) -> Content:
    """Verify what was staged, keep it, and make the repo its owner. Raises `CutShort` if it, or a
    part of it, was not sent."""
    check_room(upload, announced)
    names = [_staged_name(upload, announced, part) for part in parts]
    try:
        with store.staged(names) as (key, location):
            found = checking.content_of(location)
            if found != announced:
                raise NotAsAnnounced()
            store.adopt_staged(key, found)
    except FileNotFoundError:
        raise CutShort() from None
    _owned(upload, announced)
    return announced


def _part(folder: Path, number: int, etag: str) -> Path:
    match = _ETAG.fullmatch(etag)
    path = folder / f"{number}.{match[1]}" if match else None
    if path is None or not path.is_file():
        raise CutShort()
    return path


class Joined:
    """Files read one after the other as one stream."""

    def __init__(self, paths: Iterable[Path]):
        self._chunks = self._read(paths)

    def _read(self, paths: Iterable[Path]) -> Iterator[bytes]:
        for path in paths:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk

    def read(self, size: int = -1, /) -> bytes:
        return next(self._chunks, b"")


def sweep(before: dt.datetime) -> int:
    """Remove uploads, parts and temporary files that nobody has touched since `before`."""
    stale = Upload.objects.filter(touched_at__lt=before)
    removed = 0
    for upload in stale.iterator(chunk_size=100):
        shutil.rmtree(store.incoming / "parts" / upload.pk.hex, ignore_errors=True)
        removed += 1
    stale.delete()
    removed += xorb_store.sweep_staging(before.timestamp())
    for path in [*store.incoming.glob("*"), *store.incoming.glob("nginx/*")]:
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
