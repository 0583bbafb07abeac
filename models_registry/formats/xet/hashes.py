"""The hashes of Xet: keyed BLAKE3 of chunks, of the trees over them, of files and of terms.

Source: the Xet specification, "Hashing", for the keys; the rule that groups nodes is not in it and
was checked against what hf_xet computes.
"""

import re
import struct
from collections.abc import Iterable, Sequence

from blake3 import blake3

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed

SIZE = 32
DATA_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
FILE_KEY = bytes(SIZE)
TERM_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
EMPTY = bytes(SIZE)  # the hash of an empty file

_TEXT = re.compile(r"[0-9a-f]{64}")
_WORDS, _SWAPPED = struct.Struct("<4Q"), struct.Struct(">4Q")
_LAST_WORD = struct.Struct("<24xQ")
_LOWEST = 24  # the lowest byte of the last word
_GROUP_LEAST, _GROUP_MOST, _GROUP_MEAN = 3, 9, 4
_ELIGIBLE_ONE_IN = 1024

Buffer = bytes | memoryview
Node = tuple[bytes, int]  # a hash and the bytes of content under it


def to_text(raw: bytes) -> str:
    """Return the hash as the protocol writes it: four little-endian words of 16 hex digits."""
    return swapped(raw).hex()


def swapped(raw: bytes) -> bytes:
    """Reverse each 8 bytes: the order in which a hash is written, and a shard has a sha256."""
    return _SWAPPED.pack(*_WORDS.unpack(raw))


def from_text(text: str) -> bytes:
    """Raises `Malformed` unless `text` is 64 lower-case hex digits."""
    if not _TEXT.fullmatch(text):
        raise Malformed(_("a hash is 64 lower-case hex digits"))
    return _WORDS.pack(*(int(text[at : at + 16], 16) for at in range(0, 64, 16)))


def chunk_hash(content: Buffer) -> bytes:
    return blake3(content, key=DATA_KEY).digest()


def tree_root(nodes: Sequence[Node]) -> bytes:
    """Return the root over these chunks; for the chunks of a xorb, its hash."""
    level = list(nodes)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = [_parent(group) for group in _groups(level)]
    return level[0][0]


def file_hash(chunks: Sequence[Node]) -> bytes:
    """Return the Xet hash of the file that consists of these chunks in order."""
    return blake3(tree_root(chunks), key=FILE_KEY).digest() if chunks else EMPTY


def term_hash(chunk_hashes: Iterable[bytes]) -> bytes:
    """Return the verification of a term: whoever computes it knows every chunk hash in it."""
    return blake3(b"".join(chunk_hashes), key=TERM_KEY).digest()


def masked(chunk: bytes, key: bytes) -> bytes:
    """Return what a dedup answer says for this chunk hash; all zeros as `key` masks nothing."""
    return blake3(chunk, key=key).digest() if any(key) else chunk


def is_eligible(chunk: bytes) -> bool:
    """Say whether clients ask for this chunk wherever it stands, not only where a file begins."""
    return bool(_LAST_WORD.unpack(chunk)[0] % _ELIGIBLE_ONE_IN == 0)


def _groups(level: list[Node]) -> Iterable[list[Node]]:
    """Cut a level of the tree after nodes whose own hash says so, in groups of three to nine."""
    start, count = 0, len(level)
    while start < count:
        last = min(start + _GROUP_MOST, count)
        stop = start + _GROUP_LEAST
        while stop < last and level[stop - 1][0][_LOWEST] % _GROUP_MEAN:
            stop += 1
        stop = min(stop, last)
        yield level[start:stop]
        start = stop


def _parent(group: list[Node]) -> Node:
    text = "".join(f"{to_text(node)} : {size}\n" for node, size in group)
    return blake3(text.encode(), key=NODE_KEY).digest(), sum(size for _node, size in group)
