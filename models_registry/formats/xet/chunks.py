"""Cut a file into chunks as Xet clients do, so that both name the same content the same way.

A chunk ends where the Gear hash of the 64 bytes before has 16 zero bits at its top, 8 KiB after its
beginning at the soonest and 128 KiB at the latest. The hash of a place depends on no cut before it,
so all places of a block are tried at once. Source: the Xet specification, "Chunking"; the table is
that of the Rust crate `gearhash`.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from models_registry.formats.xet.gear import TABLE

MIN, MAX = 8 * 1024, 128 * 1024  # bytes of a chunk; the last one may be shorter
WINDOW = 64  # bytes that a hash depends on
BLOCK = 64 * 1024  # so that all its hashes fit a core's own cache
_ZERO_BELOW = np.uint64(1 << 48)
_GEAR = np.array(TABLE, dtype=np.uint64)


def cut(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the chunks of `stream`, one after the other; holds some 200 KiB of it."""
    cutter = Cutter()
    while content := stream.read(BLOCK):
        yield from cutter.feed(content)
    yield from cutter.rest()


class Cutter:
    """Takes a file piece by piece and gives its chunks as they become certain."""

    def __init__(self) -> None:
        self._waiting = bytearray()  # what is in no chunk yet
        self._ends: list[int] = []  # places in it where a chunk may end
        self._before = b""  # the last bytes hashed
        self._room = np.empty((2, BLOCK + WINDOW), dtype=np.uint64)

    def feed(self, content: bytes) -> Iterator[bytes]:
        """Yield the chunks that `content`, at most `BLOCK` bytes, completes."""
        self._ends += [len(self._waiting) + end for end in self._possible_ends(content)]
        self._waiting += content
        self._before = (self._before + content)[-(WINDOW - 1) :]
        while (end := self._next_end()) is not None:
            yield self._take(end)

    def rest(self) -> Iterator[bytes]:
        """Yield what is left at the end of the file."""
        if self._waiting:
            yield self._take(len(self._waiting))

    def _next_end(self) -> int | None:
        end = next((end for end in self._ends if end >= MIN), None)
        if end is not None and end <= MAX:
            return end
        return MAX if len(self._waiting) >= MAX else None

    def _take(self, end: int) -> bytes:
        chunk = bytes(self._waiting[:end])
        del self._waiting[:end]
        self._ends = [later - end for later in self._ends if later > end]
        return chunk

    def _possible_ends(self, content: bytes) -> list[int]:
        """Return the places of `content` (1: behind its first byte) where a chunk may end.

        One with less than 64 bytes of the file before it is too near to its beginning.
        """
        hashes = gear_hashes(np.frombuffer(self._before + content, dtype=np.uint8), self._room)
        ends = np.flatnonzero(hashes < _ZERO_BELOW) + (WINDOW - len(self._before))
        return [int(end) for end in ends]


def gear_hashes(content: NDArray[np.uint8], room: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the hash of every run of 64 bytes, by the place of its first byte.

    The hash of 2n bytes is that of the first n, shifted by n, and that of the others: six additions
    make one of 64. `room`: two rows to work in, since fresh ones would cost as much as the sums.
    """
    count, width = len(content), 1
    hashes: NDArray[np.uint64] = room[0]
    other: NDArray[np.uint64] = room[1]
    np.take(_GEAR, content, out=hashes[:count], mode="clip")
    while width < WINDOW:
        count = max(count - width, 0)
        np.left_shift(hashes[:count], np.uint64(width), out=other[:count])
        other[:count] += hashes[width : width + count]
        hashes, other, width = other, hashes, 2 * width
    return hashes[:count]
