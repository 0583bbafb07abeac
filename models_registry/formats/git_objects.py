"""Git objects: ids, encodings and zlib streams, exactly as git itself makes them.

Ids are 40 lowercase hex digits everywhere in Python. Sources: git's `Documentation/gitformat-pack`
and `git hash-object`; dulwich and the git binary are the oracles in the tests.
"""

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

COMMIT, TREE, BLOB = 1, 2, 3
NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}
FILE_MODE, FOLDER_MODE = 0o100644, 0o40000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

Tree = dict[str, tuple[int, str]]  # name -> (mode, oid)
_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0([\0-\xff]{20})")


class Malformed(ValueError):
    """Stored bytes are not the git object they should be."""


def object_id(kind: int, content: bytes) -> str:
    """Return the id that git gives an object of this kind with this content."""
    digest = hashlib.sha1(b"%s %d\0" % (NAMES[kind], len(content)), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def deflate(content: bytes) -> bytes:
    """Return the zlib stream that stands in a pack behind the entry's header."""
    return zlib.compress(content, 6)


def inflate(stream: bytes, size: int) -> bytes:
    """Return the content of a zlib stream that must be exactly `size` bytes long."""
    decompressor = zlib.decompressobj()
    content = decompressor.decompress(stream, size + 1)
    if len(content) != size:
        raise Malformed(f"a stream of {len(content)} bytes or more where {size} were announced")
    return content


def _sort_key(item: tuple[str, tuple[int, str]]) -> bytes:
    name, (mode, _oid) = item
    return name.encode() + b"/" if mode == FOLDER_MODE else name.encode()


def in_order(tree: Tree) -> Tree:
    """Return a tree in git's order, which sorts folders as if their names ended with a slash."""
    return dict(sorted(tree.items(), key=_sort_key))


def encode_tree(tree: Tree) -> bytes:
    """Return the content of a tree that is in git's order."""
    return b"".join(
        b"%o %s\0%s" % (mode, name.encode(), bytes.fromhex(oid))
        for name, (mode, oid) in tree.items()
    )


def decode_tree(content: bytes) -> Tree:
    """Return the entries of a tree in git's order."""
    found = _ENTRY.findall(content)
    tree = {name.decode(): (int(mode, 8), oid.hex()) for mode, name, oid in found}
    if sum(len(mode) + len(name) + 22 for mode, name, _oid in found) != len(content):
        raise Malformed("this tree has bytes that belong to no entry")
    return tree


@dataclass(frozen=True)
class Signature:
    """Who and when, as a commit says it. `offset`: minutes east of UTC."""

    name: str
    email: str
    when: int
    offset: int = 0

    def line(self) -> bytes:
        sign = "-" if self.offset < 0 else "+"
        hours, minutes = divmod(abs(self.offset), 60)
        zone = f"{sign}{hours:02}{minutes:02}"
        return f"{self.name} <{self.email}> {self.when} {zone}".encode()


def encode_commit(
    *,
    tree: str,
    parents: Iterable[str],
    author: Signature,
    committer: Signature,
    message: str,
) -> bytes:
    """Return a commit's content. Names are refused where they would forge a header."""
    for signature in (author, committer):
        if set(signature.name + signature.email) & set("<>\n\0"):
            raise Malformed("a name in a commit may not hold angle brackets or line breaks")
    lines = [b"tree " + tree.encode()]
    lines += [b"parent " + parent.encode() for parent in parents]
    lines += [b"author " + author.line(), b"committer " + committer.line(), b"", message.encode()]
    return b"\n".join(lines)


def commit_message(content: bytes) -> str:
    """Return the message of a commit's content."""
    return content.partition(b"\n\n")[2].decode(errors="replace")
