"""The header of a safetensors file, read and judged without touching the tensors.

Stricter than the library, which accepts a header of 90 MB and lets the last of two equal keys win.
Source: the safetensors format description (8 bytes little-endian length, JSON, one byte buffer).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO

from models_registry.formats.sentences import Fault
from models_registry.formats.sentences import Sentence as _

MAX_HEADER_BYTES = 16 * 1024 * 1024
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 8
MAX_DIMENSION = 2**40
ITEM_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip


class Malformed(Fault):
    """The header breaks a rule."""


@dataclass(frozen=True)
class Tensor:
    """`start` and `stop` are byte offsets behind the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int

    @property
    def items(self) -> int:
        return prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stop - self.start


def read_header(stream: BinaryIO, total: int) -> dict[str, Tensor]:
    """Return the tensors by name. `total`: the file's size in bytes. Raises `Malformed`."""
    size = int.from_bytes(stream.read(8), "little")
    room = total - 8
    if total < 8 or size > room:
        raise Malformed(_("the header is longer than the file: this is no safetensors file"))
    if size > MAX_HEADER_BYTES:
        text = _(
            "the header has {size:,} bytes; {most:,} are allowed", size=size, most=MAX_HEADER_BYTES
        )
        raise Malformed(text)
    header = parsed(stream.read(size))
    header.pop("__metadata__", None)
    if len(header) > MAX_TENSORS:
        text = _(
            "the header names {count:,} tensors; {most:,} are allowed",
            count=len(header),
            most=MAX_TENSORS,
        )
        raise Malformed(text)
    found = {name: tensor(name, entry) for name, entry in header.items()}
    require_cover(found, room - size)
    return found


def parsed(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode(), object_pairs_hook=once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        text = _("the header is not JSON ({error})", error=type(error).__name__)
        raise Malformed(text) from None
    if not isinstance(header, dict):
        raise Malformed(_("the header is not a JSON object"))
    return header


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of pairs in which no key comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(_("the key {key!r} stands twice", key=twice[:80]))
    return found


def whole(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_DIMENSION


def tensor(name: str, entry: object) -> Tensor:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise Malformed(
            _("the entry of {name!r} is not dtype, shape and data_offsets", name=name[:80])
        )
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        text = _(
            "{name!r} has the type {kind!r}, which is not allowed",
            name=name[:80],
            kind=str(dtype)[:20],
        )
        raise Malformed(text)
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(whole, shape)):
        raise Malformed(_("the shape of {name!r} is not a list of whole numbers", name=name[:80]))
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(whole, offsets)):
        raise Malformed(_("the offsets of {name!r} are not two whole numbers", name=name[:80]))
    start, stop = offsets
    if prod(shape) * ITEM_BYTES[dtype] != stop - start:
        text = _("{name!r} needs another number of bytes than its offsets hold", name=name[:80])
        raise Malformed(text)
    return Tensor(name, dtype, tuple(shape), start, stop)


def require_cover(tensors: Mapping[str, Tensor], room: int) -> None:
    """Require that the ranges lie end to end and fill the file: no gap, no overlap, no tail."""
    at = 0
    for found in sorted(tensors.values(), key=lambda t: (t.start, t.stop)):
        if found.start != at:
            name = found.name[:80]
            overlaps = _("the data of {name!r} overlaps another", name=name)
            gap = _("the data of {name!r} leaves a gap before it", name=name)
            raise Malformed(overlaps if found.start < at else gap)
        at = found.stop
    if at != room:
        raise Malformed(
            _("the tensors end at byte {at:,} but the data has {room:,} bytes", at=at, room=room)
        )
