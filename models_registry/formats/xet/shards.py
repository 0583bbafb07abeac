"""A shard: which chunks of which xorbs make which file, and what the new xorbs hold.

All numbers are little-endian, all records 48 bytes. An uploaded shard has no footer; an answer to
a dedup query needs one, and lookup tables, which the specification leaves out (seen accepted by
hf_xet 1.8). Source: the Xet specification, "Shard format".
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed, hashes, xorbs

MAX_BYTES = 64 * 1024 * 1024
TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
VERSION, FOOTER_VERSION, FOOTER_BYTES = 2, 1, 200
RECORD = 48
WITH_VERIFICATION, WITH_SHA256 = 1 << 31, 1 << 30
ELIGIBLE = 1 << 31  # flag of a chunk that clients ask for

_HEADER = struct.Struct("<32sQQ")
_FILE = struct.Struct("<32sII8x")
_TERM = struct.Struct("<32sIIII")
_HASH = struct.Struct("<32s16x")
_XORB = struct.Struct("<32sIIII")
_CHUNK = struct.Struct("<32sIIII")
_END = b"\xff" * 32 + bytes(16)


@dataclass(frozen=True, slots=True)
class Term:
    """The chunks `start` to `end` (exclusive) of a xorb; `size` bytes of content."""

    xorb: bytes
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class File:
    """A file as its uploader describes it; nothing of it is proved yet."""

    hash: bytes
    flags: int
    _terms: memoryview
    _verifications: memoryview
    sha256: bytes | None

    def __len__(self) -> int:
        return len(self._terms) // RECORD

    def terms(self) -> Iterator[Term]:
        for xorb, _flags, size, start, end in _TERM.iter_unpack(self._terms):
            yield Term(xorb, start, end, size)

    def verifications(self) -> Iterator[bytes]:
        """Yield one hash a term, or none at all."""
        for (verification,) in _HASH.iter_unpack(self._verifications):
            yield verification


@dataclass(frozen=True, slots=True)
class Xorb:
    """A new xorb as its uploader describes it."""

    hash: bytes
    raw_size: int
    _chunks: memoryview

    def __len__(self) -> int:
        return len(self._chunks) // RECORD

    def chunks(self) -> Iterator[tuple[bytes, int, int, int]]:
        """Yield (hash, first raw byte, raw size, flags) of each chunk."""
        for name, start, size, flags, _reserved in _CHUNK.iter_unpack(self._chunks):
            yield name, start, size, flags


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard whose records have been counted; they are unpacked when they are asked for."""

    files: tuple[File, ...]
    xorbs: tuple[Xorb, ...]


def read(raw: bytes | mmap) -> Shard:
    """Read a shard as clients upload it; whatever follows its two sections is left alone.

    Raises `Malformed`. Beside `raw` it takes memory for each file and xorb, not for each record.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed(_("a shard has at most {most:,} bytes", most=MAX_BYTES))
    if len(raw) < RECORD or raw[: len(TAG)] != TAG:
        raise Malformed(_("this is no shard"))
    if _HEADER.unpack_from(raw)[1] != VERSION:
        raise Malformed(_("the shard is not of version {version}", version=VERSION))
    records = _Records(memoryview(raw)[RECORD:])
    files = tuple(_files(records))
    return Shard(files, tuple(_xorbs(records)))


class _Records:
    """The records of a shard, taken from the front."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def take(self, count: int) -> memoryview:
        start, self._at = self._at, self._at + count * RECORD
        if self._at > len(self._view):
            raise Malformed(_("the shard is cut"))
        return self._view[start : self._at]


def _files(records: _Records) -> Iterator[File]:
    while (head := records.take(1)) != _END:
        name, flags, count = _FILE.unpack(head)
        if not count:
            raise Malformed(_("a file of a shard has no content"))
        terms = records.take(count)
        verifications = records.take(count if flags & WITH_VERIFICATION else 0)
        sha256 = records.take(1) if flags & WITH_SHA256 else None
        digest = None if sha256 is None else hashes.swapped(bytes(sha256[: hashes.SIZE]))
        yield File(name, flags, terms, verifications, digest)


def _xorbs(records: _Records) -> Iterator[Xorb]:
    while (head := records.take(1)) != _END:
        name, _flags, count, raw_size, _packed = _XORB.unpack(head)
        if not 0 < count <= xorbs.MAX_CHUNKS:
            raise Malformed(_("a xorb has 1 to {most:,} chunks", most=xorbs.MAX_CHUNKS))
        yield Xorb(name, raw_size, records.take(count))


def answer(
    found: Sequence[tuple[bytes, xorbs.Index]], key: bytes, *, created: int, expires: int
) -> bytes:
    """Return a shard that tells a client of these xorbs, their chunk hashes masked with `key`.

    created, expires: Unix seconds; the client forgets the answer at `expires`.
    """
    records, chunk_rows, xorb_rows = [_END], [], []
    disk = raw = at = 0
    for name, index in found:
        xorb_rows.append((_first_word(name), at))
        records.append(_XORB.pack(name, 0, len(index), index.raw_size, index.packed_size))
        for place, (chunk, size) in enumerate(index.nodes()):
            shown = hashes.masked(chunk, key)
            flags = ELIGIBLE if hashes.is_eligible(chunk) else 0
            start = index.raw_ends[place] - size
            records.append(_CHUNK.pack(shown, start, size, flags, 0))
            chunk_rows.append((_first_word(shown), at, place))
        at += 1 + len(index)
        disk, raw = disk + index.packed_size, raw + index.raw_size
    records.append(_END)
    return _with_footer(b"".join(records), xorb_rows, chunk_rows, key, created, expires, disk, raw)


def _first_word(name: bytes) -> int:
    return int.from_bytes(name[:8], "little")


def _with_footer(
    records: bytes,
    xorb_rows: list[tuple[int, int]],
    chunk_rows: list[tuple[int, int, int]],
    key: bytes,
    created: int,
    expires: int,
    disk: int,
    raw: int,
) -> bytes:
    file_at = RECORD
    xorb_at = file_at + RECORD  # the file section is its end mark alone
    tables = RECORD + len(records)
    xorb_table = b"".join(struct.pack("<QI", *row) for row in sorted(xorb_rows))
    chunk_table = b"".join(struct.pack("<QII", *row) for row in sorted(chunk_rows))
    chunks_at = tables + len(xorb_table)
    footer_at = chunks_at + len(chunk_table)
    places = (tables, 0, tables, len(xorb_rows), chunks_at, len(chunk_rows))
    footer = struct.pack("<9Q", FOOTER_VERSION, file_at, xorb_at, *places)
    footer += key + struct.pack("<2Q", created, expires) + bytes(48)
    footer += struct.pack("<4Q", disk, raw, raw, footer_at)
    head = _HEADER.pack(TAG, VERSION, FOOTER_BYTES)
    return head + records + xorb_table + chunk_table + footer
