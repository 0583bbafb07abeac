"""git's packs, version 2, from streams that are already compressed.

Source: git's `gitformat-pack`.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator

REF_DELTA = 7
PIECE = 2**16  # bytes that are gathered before they go on


def entry_header(kind: int, size: int) -> bytes:
    """Return the header of an entry: its kind and the bytes of its content (of its delta)."""
    byte, rest = kind << 4 | size & 0x0F, size >> 4
    out = bytearray()
    while rest:
        out.append(byte | 0x80)
        byte, rest = rest & 0x7F, rest >> 7
    out.append(byte)
    return bytes(out)


def pack(count: int, entries: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a pack of `count` entries; `entries` are its bytes, in pieces of any length.

    What is yielded is not cut where they are: most objects are small, and each piece costs a line
    of the protocol and a write to the network.
    """
    digest = hashlib.sha1(usedforsecurity=False)
    piece = bytearray(b"PACK" + (2).to_bytes(4, "big") + count.to_bytes(4, "big"))
    for entry in entries:
        piece += entry
        if len(piece) >= PIECE:
            digest.update(piece)
            yield bytes(piece)
            piece.clear()
    digest.update(piece)
    yield bytes(piece) + digest.digest()


def deflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the zlib stream of content that comes in pieces."""
    stream = zlib.compressobj(6)
    for piece in pieces:
        yield stream.compress(piece)
    yield stream.flush()
