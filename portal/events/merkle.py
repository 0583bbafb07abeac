"""RFC 6962 Merkle trees: hashes, proofs and their verification. Pure, no Django.

A tree over n leaves is kept as its perfect subtrees: `(level, index)` covers the leaves
`index << level` up to `(index + 1) << level`, and never changes once it is complete. Level 0 are
the leaf hashes. Every root and proof is folded from those. Section numbers are RFC 6962's; the
verification algorithms are those of RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

Subtree = tuple[int, int]
Hashes = Mapping[Subtree, bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect(start: int, end: int) -> list[Subtree]:
    """Return the perfect subtrees that make up leaves `start` to `end`, largest first.

    `start` must be a multiple of the largest power of two in the range, as in every RFC 6962 range.
    """
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def fold(parts: Sequence[bytes]) -> bytes:
    """Return the root over neighbouring perfect subtrees, largest first."""
    if not parts:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(parts))


def root(size: int, hashes: Hashes) -> bytes:
    return fold([hashes[part] for part in perfect(0, size)])


def grow(size: int, hashes: Hashes, leaves: Iterable[bytes]) -> dict[Subtree, bytes]:
    """Return every subtree that appending `leaves` (hashes) to a tree of `size` completes.

    `hashes` need hold only `perfect(0, size)`. The result holds the leaves themselves at level 0.
    """
    made: dict[Subtree, bytes] = {}
    open_parts = {part[0]: hashes[part] for part in perfect(0, size)}
    for index, digest in enumerate(leaves, start=size):
        level = 0
        made[level, index] = digest
        while level in open_parts:
            digest = node_hash(open_parts.pop(level), digest)
            level += 1
            made[level, index >> level] = digest
        open_parts[level] = digest
    return made


# --- proofs -------------------------------------------------------------------------------------
def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges whose roots prove leaf `index` in a tree of `size`, section 2.1.1."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return the ranges whose roots prove that `new` extends `old` (sizes), section 2.1.2."""
    if not 0 < old <= new:
        raise ValueError(f"A tree of {new} leaves cannot extend one of {old}.")
    start, end, path, whole = 0, new, [], True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + path[::-1]


def needed(ranges: Iterable[tuple[int, int]]) -> list[Subtree]:
    """Return the subtrees from which the roots of `ranges` are folded."""
    return [part for start, end in ranges for part in perfect(start, end)]


def path(ranges: Iterable[tuple[int, int]], hashes: Hashes) -> list[bytes]:
    """Return the proof: the root of each range."""
    return [fold([hashes[part] for part in perfect(start, end)]) for start, end in ranges]


# --- verification -------------------------------------------------------------------------------
def proves_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Return whether `proof` shows the leaf hash at `index` under `expected_root`."""
    if not 0 <= index < size:
        return False
    position, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            digest = node_hash(sibling, digest)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and digest == expected_root


def proves_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether `proof` shows that the tree of `new` leaves extends that of `old`."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def split(size: int) -> int:
    """Return the largest power of two below `size` (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)
