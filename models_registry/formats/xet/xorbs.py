"""A xorb: up to 8,192 chunks of a file or of many, each perhaps compressed, one after the other.

Each chunk has a header of 8 bytes: version 0, packed length (3 bytes, little-endian), scheme, raw
length (3 bytes). What a client may append as a footer is neither trusted nor kept: hashes and
ends are computed from the chunks themselves. Source: the Xet specification, "Xorb formation".
"""

import os
import struct
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO, Protocol

import lz4.frame
import numpy as np

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed
from models_registry.formats.xet.hashes import SIZE, Buffer, Node, chunk_hash, tree_root

MAX_CHUNKS = 8192
MAX_CHUNK = 128 * 1024
MAX_RAW = 64 * 1024 * 1024
HEADER = 8
MAX_PACKED = MAX_RAW + HEADER * MAX_CHUNKS
MAX_FOOTER = 48 * MAX_CHUNKS + 4096
MAX_BYTES = MAX_PACKED + MAX_FOOTER  # the longest body worth receiving
FOOTER_MARK = b"XETBLOB"
RAW, LZ4, GROUPED_LZ4 = range(3)
LZ4_BLOCK = 64 * 1024  # what hf_xet makes its frames of; longer ones are decoded too

_COUNT = struct.Struct("<I")
_HEADER = struct.Struct("<Q")  # version, packed length, scheme and raw length, from its lowest byte
_NOTHING, _CUT = _("the xorb holds no chunk"), _("the last chunk is cut")


class _Frames(threading.local):
    """Each thread's decoder of LZ4 frames. One that met a bad frame is not used again."""

    idle: Any = None

    def taken(self) -> Any:
        context, self.idle = self.idle, None
        return context or lz4.frame.create_decompression_context()


_frames = _Frames()


class Source(Protocol):
    """Where a xorb is read from: a stream, or memory that gives views of itself."""

    def read(self, size: int, /) -> Buffer: ...


class Sink(Protocol):
    """Where content goes while it is read: a hash, a file."""

    def update(self, content: Buffer, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Index:
    """The chunks of one xorb in order: their hashes, and where each ends, packed and raw."""

    hashes: tuple[bytes, ...]
    packed_ends: tuple[int, ...]
    raw_ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def packed_size(self) -> int:
        """Bytes of the chunks with their headers, without a footer."""
        return self.packed_ends[-1]

    @property
    def raw_size(self) -> int:
        return self.raw_ends[-1]

    def packed_range(self, start: int, end: int) -> tuple[int, int]:
        """Return where the chunks `start` to `end` (exclusive) lie: first byte, byte behind."""
        return (self.packed_ends[start - 1] if start else 0), self.packed_ends[end - 1]

    def raw_range(self, start: int, end: int) -> tuple[int, int]:
        return (self.raw_ends[start - 1] if start else 0), self.raw_ends[end - 1]

    def chunk_at(self, raw: int) -> int:
        """Return the chunk that holds the raw byte `raw`."""
        return bisect_right(self.raw_ends, raw)

    def nodes(self, start: int = 0, end: int | None = None) -> list[Node]:
        """Return (hash, raw size) of these chunks."""
        end = len(self) if end is None else end
        ends = (self.raw_ends[start - 1] if start else 0, *self.raw_ends[start:end])
        sizes = (stop - first for first, stop in pairwise(ends))
        return list(zip(self.hashes[start:end], sizes, strict=True))

    def to_bytes(self) -> bytes:
        """Return 4 bytes of count, then hashes, packed ends and raw ends: 40 bytes a chunk."""
        count = len(self)
        ends = struct.pack(f"<{2 * count}I", *self.packed_ends, *self.raw_ends)
        return _COUNT.pack(count) + b"".join(self.hashes) + ends

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Index":
        """Read what `to_bytes` wrote. Raises `Malformed` for anything cut or stretched."""
        count = _COUNT.unpack_from(raw)[0] if len(raw) >= _COUNT.size else 0
        if not 0 < count <= MAX_CHUNKS or len(raw) != _COUNT.size + count * (SIZE + 8):
            raise Malformed(_("this is no index of a xorb"))
        ends = _COUNT.size + count * SIZE
        names = (raw[at : at + SIZE] for at in range(_COUNT.size, ends, SIZE))
        numbers = struct.unpack_from(f"<{2 * count}I", raw, ends)
        return cls(tuple(names), numbers[:count], numbers[count:])


def read(stream: Source, expected: bytes, sink: Sink | None = None) -> Index:
    """Check every chunk of a xorb and return its index.

    `expected`: the hash it was sent under. `sink` is given the raw content. Reads on to the end or
    to a footer; a footer is not judged. Raises `Malformed`.
    """
    names: list[bytes] = []
    packed_ends: list[int] = []
    raw_ends: list[int] = []
    packed = raw = 0
    for size, content in _chunks(stream):
        packed, raw = packed + size, raw + len(content)
        names.append(chunk_hash(content))
        packed_ends.append(packed)
        raw_ends.append(raw)
        if sink is not None:
            sink.update(content)
    if not names:
        raise Malformed(_NOTHING)
    index = Index(tuple(names), tuple(packed_ends), tuple(raw_ends))
    if tree_root(index.nodes()) != expected:
        raise Malformed(_("the content has another hash than the one it was sent under"))
    return index


def ends(file: BinaryIO) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where each chunk ends, packed and raw, as the headers say; nothing else is read.

    Goes as far as `read` does. Raises `Malformed`.
    """
    packed_ends: list[int] = []
    raw_ends: list[int] = []
    descriptor, total = file.fileno(), os.fstat(file.fileno()).st_size
    packed = raw = 0
    while header := os.pread(descriptor, HEADER, packed):
        told = _told(header)
        if told is None:
            break
        size, _scheme, raw_size = told
        packed, raw = packed + HEADER + size, raw + raw_size
        if packed > total:
            raise Malformed(_CUT)
        packed_ends.append(packed)
        raw_ends.append(raw)
        _check_totals(len(raw_ends), raw)
    if not raw_ends:
        raise Malformed(_NOTHING)
    return tuple(packed_ends), tuple(raw_ends)


def decoded(stream: Source, start: int = 0, end: int = MAX_CHUNKS) -> Iterator[Buffer]:
    """Yield the raw content of the chunks that follow in `stream`, `end - start` at most.

    `stream` stands at the first of them. Raises `Malformed`.
    """
    chunks = _chunks(stream)
    for _number in range(end - start):
        found = next(chunks, None)
        if found is None:
            return
        yield found[1]


def packed(contents: Sequence[bytes]) -> bytes:
    """Return these chunks as a xorb without compression, as a client sends what will not shrink."""
    return b"".join(header(len(content), RAW, len(content)) + content for content in contents)


def header(packed_size: int, scheme: int, raw_size: int) -> bytes:
    sizes = packed_size.to_bytes(3, "little"), raw_size.to_bytes(3, "little")
    return b"\0" + sizes[0] + bytes([scheme]) + sizes[1]


def _chunks(stream: Source) -> Iterator[tuple[int, Buffer]]:
    """Yield (bytes on disk with the header, raw content) of each chunk."""
    count = total = 0
    while header := stream.read(HEADER):
        told = _told(header)
        if told is None:
            return
        size, scheme, raw_size = told
        content = stream.read(size)
        if len(content) < size:
            raise Malformed(_CUT)
        count, total = count + 1, total + raw_size
        _check_totals(count, total)
        raw = _inflated(content, scheme, raw_size)
        yield HEADER + size, ungrouped(raw) if scheme == GROUPED_LZ4 else raw


def _told(header: Buffer) -> tuple[int, int, int] | None:
    """Return (packed size, scheme, raw size) of a chunk; None where a footer begins."""
    if len(header) < HEADER or header[0] != 0:
        if bytes(header).startswith(FOOTER_MARK):
            return None
        raise Malformed(_("a chunk begins with eight bytes, the first of them zero"))
    (word,) = _HEADER.unpack(header)
    size, raw_size = word >> 8 & 0xFFFFFF, word >> 40
    if not 0 < raw_size <= MAX_CHUNK:
        said = {"most": MAX_CHUNK, "size": raw_size}
        raise Malformed(_("a chunk holds 1 to {most:,} bytes, not {size:,}", **said))
    if not 0 < size <= raw_size:
        raise Malformed(_("a chunk is stored in no more bytes than it holds"))
    return size, word >> 32 & 0xFF, raw_size


def _check_totals(chunks: int, raw: int) -> None:
    if chunks > MAX_CHUNKS:
        raise Malformed(_("a xorb has at most {most:,} chunks", most=MAX_CHUNKS))
    if raw > MAX_RAW:
        raise Malformed(_("a xorb has at most {most:,} bytes of content", most=MAX_RAW))


def _inflated(content: Buffer, scheme: int, size: int) -> Buffer:
    """Return the `size` bytes that were compressed. Raises `Malformed`."""
    if scheme == RAW:
        if len(content) != size:
            raise Malformed(_("an uncompressed chunk has two lengths"))
        return content
    if scheme not in (LZ4, GROUPED_LZ4):
        raise Malformed(_("there is no compression scheme {scheme}", scheme=scheme))
    context = _frames.taken()
    try:
        # With room for a block behind what is asked for, none is decoded aside and copied.
        inflated, used, ended = lz4.frame.decompress_chunk(context, content, size + LZ4_BLOCK)
    except (RuntimeError, ValueError):
        raise Malformed(_("a chunk is no LZ4 frame")) from None
    if len(inflated) != size or used != len(content) or not ended:
        raise Malformed(_("a compressed chunk does not hold what its header says"))
    _frames.idle = context
    return bytes(inflated)


def ungrouped(content: Buffer) -> memoryview:
    """Undo the grouping by position mod 4, which puts the equal bytes of floats side by side."""
    size = len(content)
    source, whole = np.frombuffer(content, np.uint8), np.empty(size, np.uint8)
    first = 0
    for group in range(4):
        behind = first + (size + 3 - group) // 4
        whole[group::4] = source[first:behind]
        first = behind
    return whole.data
