"""Reconstruction: which chunks of which xorbs a client must fetch for a range of a file.

Chunk ranges exclude their end and byte ranges include it, in the same answer: so the protocol has
it. The same question has the same answer while the file exists, since a client that asks again for
a fresh address requires identical ranges. Source: the Xet specification, "CAS API".
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models_registry.formats.xet.shards import Term
from models_registry.formats.xet.xorbs import Index

_ROW = struct.Struct("<32sIII")
_COLUMNS = np.dtype([("xorb", "V32"), ("start", "<u4"), ("end", "<u4"), ("size", "<u4")])


class OutOfRange(ValueError):
    """The range begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Chunks `start` to `end` (exclusive) of a xorb, in its bytes `first` to `last` (inclusive)."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`skip` bytes of the first term come before the range; the client cuts the tail itself."""

    skip: int
    terms: tuple[Term, ...]
    fetches: Mapping[bytes, tuple[Fetch, ...]]


def to_rows(terms: Iterable[Term]) -> bytes:
    """Return the terms of a file as it is stored: 44 bytes each."""
    return b"".join(_ROW.pack(term.xorb, term.start, term.end, term.size) for term in terms)


def from_rows(rows: bytes) -> list[Term]:
    return [Term(*row) for row in _ROW.iter_unpack(rows)]


def cut(rows: bytes, start: int = 0, stop: int | None = None) -> tuple[list[Term], int]:
    """Return the terms that hold the bytes `start` to `stop` (exclusive), and how many bytes of
    the file come before the first of them; no terms where `start` is behind the end."""
    ends = np.cumsum(np.frombuffer(rows, dtype=_COLUMNS)["size"], dtype=np.int64)
    first = int(np.searchsorted(ends, start, side="right"))
    behind = len(ends)
    if stop is not None:
        behind = int(np.searchsorted(ends, max(stop, start + 1), side="left")) + 1
    before = int(ends[first - 1]) if first else 0
    return from_rows(rows[first * _ROW.size : behind * _ROW.size]), before


def plan(
    terms: Sequence[Term], indexes: Mapping[bytes, Index], start: int = 0, stop: int | None = None
) -> Plan:
    """Plan the bytes `start` to `stop` (exclusive) of the file that `terms` make.

    `indexes`: those of every xorb in the range. Raises `OutOfRange`.
    """
    chosen: list[Term] = []
    skip = at = 0
    for term in terms:
        first, at = at, at + term.size
        if at <= start:
            continue
        if stop is not None and first >= stop and chosen:
            break
        head = max(start - first, 0)
        tail = term.size if stop is None else min(term.size, max(stop - first, head + 1))
        trimmed, before = _trimmed(term, indexes[term.xorb], head, tail)
        if not chosen:
            skip = before
        chosen.append(trimmed)
    if not chosen:
        raise OutOfRange(f"the file has {at} bytes")
    return Plan(skip, tuple(chosen), _fetches(chosen, indexes))


def _trimmed(term: Term, index: Index, head: int, tail: int) -> tuple[Term, int]:
    """Cut whole chunks off a term that lie outside its bytes `head` to `tail` (exclusive).

    Returns with it how many bytes of its first chunk come before `head`.
    """
    base = index.raw_range(term.start, term.end)[0]
    start = index.chunk_at(base + head)
    end = index.chunk_at(base + tail - 1) + 1
    first, last = index.raw_range(start, end)
    return Term(term.xorb, start, end, last - first), base + head - first


def _fetches(
    terms: Sequence[Term], indexes: Mapping[bytes, Index]
) -> dict[bytes, tuple[Fetch, ...]]:
    """Return for each xorb its chunk ranges, merged where they touch: no term is ever split."""
    ranges: dict[bytes, list[tuple[int, int]]] = {}
    for term in terms:
        ranges.setdefault(term.xorb, []).append((term.start, term.end))
    return {
        xorb: tuple(_fetch(indexes[xorb], *span) for span in _merged(spans))
        for xorb, spans in ranges.items()
    }


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _fetch(index: Index, start: int, end: int) -> Fetch:
    first, behind = index.packed_range(start, end)
    return Fetch(start, end, first, behind - 1)
