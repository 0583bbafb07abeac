"""Deltas between two trees, in git's pack format (`gitformat-pack`, "Deltified representation").

Large folders change by a few entries a commit, so the new tree is stored as "copy, insert, copy"
against the old one. Whole entries are the unit: linear time, and any git applies the result.
"""

import re
from itertools import accumulate

_LONGEST_COPY = 0xFFFFFF
_LONGEST_INSERT = 127


_ENTRY = re.compile(rb"[^\0]+\0[\0-\xff]{20}")  # of a tree: mode, name, id


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _copy(offset: int, length: int) -> bytes:
    out = bytearray()
    while length:
        part = min(length, _LONGEST_COPY)
        flags, operands = 0x80, bytearray()
        for index, byte in enumerate(offset.to_bytes(4, "little")):
            if byte:
                flags |= 1 << index
                operands.append(byte)
        for index, byte in enumerate(part.to_bytes(3, "little")):
            if byte:
                flags |= 0x10 << index
                operands.append(byte)
        out.append(flags)
        out += operands
        offset, length = offset + part, length - part
    return bytes(out)


def _insert(content: bytes | bytearray) -> bytes:
    out = bytearray()
    for start in range(0, len(content), _LONGEST_INSERT):
        part = content[start : start + _LONGEST_INSERT]
        out.append(len(part))
        out += part
    return bytes(out)


def tree_delta(base: bytes, target: bytes) -> bytes:
    """Return the delta that makes `target` from `base`; both are contents of trees."""
    entries = _ENTRY.findall(base)
    offsets = accumulate(map(len, entries), initial=0)
    known = dict(zip(entries, offsets, strict=False))
    out = bytearray(_varint(len(base)) + _varint(len(target)))
    start = length = 0
    fresh = bytearray()
    for entry in _ENTRY.findall(target):
        at = known.get(entry)
        if at is not None and length and at == start + length:
            length += len(entry)
            continue
        if length:
            out += _copy(start, length)
            length = 0
        if at is None:
            fresh += entry
            continue
        out += _insert(fresh)
        fresh.clear()
        start, length = at, len(entry)
    out += _copy(start, length) if length else _insert(fresh)
    return bytes(out)


def _read_varint(delta: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = delta[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number, position


def apply_delta(base: bytes, delta: bytes) -> bytes:
    """Return what `delta` makes of `base`; raises ValueError where the lengths do not agree."""
    base_size, position = _read_varint(delta, 0)
    size, position = _read_varint(delta, position)
    if base_size != len(base):
        raise ValueError("this delta was made against another object")
    out = bytearray()
    while position < len(delta):
        opcode = delta[position]
        position += 1
        if not opcode & 0x80:
            out += delta[position : position + opcode]
            position += opcode
            continue
        offset = length = 0
        for index in range(4):
            if opcode & (1 << index):
                offset |= delta[position] << (8 * index)
                position += 1
        for index in range(3):
            if opcode & (0x10 << index):
                length |= delta[position] << (8 * index)
                position += 1
        length = length or 0x10000
        out += base[offset : offset + length]
    if len(out) != size:
        raise ValueError("this delta does not make what it announces")
    return bytes(out)
