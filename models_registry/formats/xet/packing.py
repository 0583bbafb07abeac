"""Make xorbs of chunks, as a client does: packed where that helps, full before the next begins."""

from dataclasses import dataclass

import lz4.frame
import numpy as np

from models_registry.formats.xet.hashes import chunk_hash, tree_root
from models_registry.formats.xet.xorbs import (
    GROUPED_LZ4,
    LZ4,
    MAX_CHUNKS,
    MAX_RAW,
    RAW,
    Index,
    header,
)

TRIED_EVERY = 16  # chunks; those between are packed as the last one that was tried


@dataclass(frozen=True)
class Packed:
    """A whole xorb. `content`: its bytes as they are stored."""

    name: bytes
    content: bytearray
    index: Index


class Packer:
    """Takes chunks, and gives a xorb whenever one is full."""

    def __init__(self) -> None:
        self._scheme = RAW
        self._start()

    def _start(self) -> None:
        self._content = bytearray()
        self._hashes: list[bytes] = []
        self._packed_ends: list[int] = []
        self._raw_ends: list[int] = []

    def __len__(self) -> int:
        """Return how many chunks are waiting in the xorb that is not full yet."""
        return len(self._hashes)

    def has_room_for(self, chunk: bytes) -> bool:
        raw = self._raw_ends[-1] if self._raw_ends else 0
        return len(self) < MAX_CHUNKS and raw + len(chunk) <= MAX_RAW

    def add(self, chunk: bytes) -> None:
        """Put a chunk into the xorb that is being made; it must have room for it."""
        if len(self) % TRIED_EVERY == 0:
            self._scheme = min((RAW, LZ4, GROUPED_LZ4), key=lambda way: len(squeezed(chunk, way)))
        stored, scheme = squeezed(chunk, self._scheme), self._scheme
        if len(stored) >= len(chunk):
            stored, scheme = chunk, RAW
        self._content += header(len(stored), scheme, len(chunk)) + stored
        self._hashes.append(chunk_hash(chunk))
        self._packed_ends.append(len(self._content))
        self._raw_ends.append((self._raw_ends[-1] if self._raw_ends else 0) + len(chunk))

    def taken(self) -> Packed:
        """Return the xorb of what was added, and begin another."""
        index = Index(tuple(self._hashes), tuple(self._packed_ends), tuple(self._raw_ends))
        packed = Packed(tree_root(index.nodes()), self._content, index)
        self._start()
        return packed


def squeezed(chunk: bytes, scheme: int) -> bytes:
    if scheme == RAW:
        return chunk
    content = grouped(chunk) if scheme == GROUPED_LZ4 else chunk
    return bytes(lz4.frame.compress(content, store_size=False))


def grouped(content: bytes) -> bytes:
    """Put the bytes of each place mod 4 side by side, as `xorbs.ungrouped` undoes."""
    source = np.frombuffer(content, dtype=np.uint8)
    return b"".join(source[group::4].tobytes() for group in range(4))
