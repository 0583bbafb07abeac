"""Reading git objects of a repo from the database."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Subquery

from models_registry.batches import batched
from models_registry.formats import git_objects
from models_registry.formats.deltas import apply_delta
from models_registry.formats.git_objects import EMPTY_TREE, Malformed, Tree, inflate
from models_registry.formats.xet.hashes import to_text
from models_registry.models import Obj, XetFile
from models_registry.revisions.cache import Memory

_POINTER_SIZES = range(120, 160)  # bytes of an LFS pointer, whatever the size in it

_trees: Memory[Tree] = Memory(100_000)  # tree entries, about 250 bytes each
_facts: Memory["Facts"] = Memory(20_000)

_XET = XetFile.objects.filter(blob=OuterRef("lfs")).order_by("created_at").values("hash")[:1]
_CHAIN = """
WITH RECURSIVE chain(oid, base, step, data, size, delta_size) AS (
    SELECT oid, base, step, data, size, delta_size
    FROM models_registry_obj WHERE repo_id = %s AND oid = %s
  UNION ALL
    SELECT below.oid, below.base, below.step, below.data, below.size, below.delta_size
    FROM models_registry_obj below JOIN chain ON below.oid = chain.base
    WHERE below.repo_id = %s
) SELECT oid, step, data, size, delta_size FROM chain ORDER BY step
"""


@dataclass(frozen=True)
class Facts:
    """What is known of a blob without reading it. `size`: bytes of the file people download.

    `xet`: its Xet hash as text, where the file can be had in chunks.
    """

    size: int
    lfs: str | None
    store_key: str | None
    sha256: str
    xet: str | None = None


def forget() -> None:
    """Drop what this process remembers (tests copy databases under the same ids)."""
    _trees.clear()
    _facts.clear()


@dataclass(frozen=True)
class Link:
    """One object of a chain of deltas, as it is stored."""

    oid: str
    step: int
    data: bytes
    size: int
    delta_size: int | None


def chain(repo_id: int, oid: str) -> list[Link]:
    """Return an object and all it is a delta of, the whole one first, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, [repo_id, bytes.fromhex(oid), repo_id])
        rows = cursor.fetchall()
    if not rows:
        raise Obj.DoesNotExist(f"repo {repo_id} has no object {oid}")
    if any(row[2] is None for row in rows):
        raise Malformed(f"object {oid} is kept in the content store")
    return [Link(bytes(raw).hex(), step, bytes(data), *sizes) for raw, step, data, *sizes in rows]


def content_of(links: Iterable[Link]) -> bytes:
    """Return the content of the last object of a chain."""
    content = b""
    for link in links:
        if link.delta_size is None:
            content = inflate(link.data, link.size)
        else:
            content = apply_delta(content, inflate(link.data, link.delta_size))
    return content


def read_small(repo_id: int, oid: str) -> bytes:
    """Return the content of an object that is kept in the database."""
    return content_of(chain(repo_id, oid))


def tree(repo_id: int, oid: str) -> Tree:
    """Return the entries of a tree; never change them."""
    if oid == EMPTY_TREE:
        return {}
    known = _trees.get((repo_id, oid))
    if known is None:
        known = git_objects.decode_tree(read_small(repo_id, oid))
        remember(repo_id, oid, known)
    return known


def look_ahead(repo_id: int, oids: Iterable[str]) -> None:
    """Read trees that will be asked for in one query a batch; those that are deltas come singly."""
    wanted = [oid for oid in oids if _trees.get((repo_id, oid)) is None]
    for batch in batched(wanted):
        rows = Obj.objects.filter(repo=repo_id, oid__in=batch, base=None, data__isnull=False)
        for oid, data, size in rows.values_list("oid", "data", "size"):
            remember(repo_id, oid, git_objects.decode_tree(inflate(bytes(data or b""), size)))


def remember(repo_id: int, oid: str, known: Tree) -> None:
    """Keep the entries of a tree that was just written: the next commit begins with them."""
    _trees.put((repo_id, oid), known, len(known))


def facts(repo_id: int, oids: Iterable[str]) -> dict[str, Facts]:
    """Return what is known of these blobs; ids that the repo does not have are left out."""
    found: dict[str, Facts] = {}
    wanted = []
    for oid in dict.fromkeys(oids):
        known = _facts.get((repo_id, oid))
        if known is None:
            wanted.append(oid)
        else:
            found[oid] = known
    for batch in batched(wanted):
        rows = Obj.objects.filter(repo_id=repo_id, oid__in=batch).values_list(
            "oid", "size", "lfs", "lfs_size", "store_key", "sha256", Subquery(_XET)
        )
        for oid, size, lfs, lfs_size, store_key, sha256, xet in rows:
            fact = Facts(
                lfs_size if lfs else size,  # type: ignore[arg-type]
                lfs or None,
                store_key,
                lfs or sha256,
                to_text(xet) if xet else None,
            )
            found[oid] = fact
            # A text that long may become the pointer of a large file later, and a large file that
            # came whole gets its chunks: both are asked anew.
            if xet or not (lfs or size in _POINTER_SIZES):
                _facts.put((repo_id, oid), fact)
    return found
