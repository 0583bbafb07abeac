"""Finding revisions, and what is in them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import BinaryIO

from django.db import connection
from django.db.models.expressions import RawSQL

from models_registry.batches import BATCH
from models_registry.formats.git_objects import EMPTY_TREE, FOLDER_MODE, Tree
from models_registry.models import Com, Ref, Repo, Retained
from models_registry.revisions import objects
from models_registry.revisions.refusals import EntryNotFound, RevisionNotFound
from models_registry.storage.contents import opened
from portal.prepared import Prepared

FULL_OID = re.compile(r"[0-9a-f]{40}")
SHORT_OID = re.compile(r"[0-9a-f]{7,39}")

# From a commit up to the commits that stand on it, until one of them is the target of a ref.
_REACHED = """
WITH RECURSIVE above(id) AS (
    SELECT CAST(%s AS bigint)
  UNION
    SELECT link.com_id FROM models_registry_commitparent link
    JOIN above ON link.parent_id = above.id
) SELECT 1 FROM above JOIN models_registry_ref ref ON ref.target_id = above.id LIMIT 1
"""


# What every request for a file asks.
_REFS = Prepared(
    lambda repo, first, second, third: Ref.objects.filter(
        repo=repo, name__in=[first, second, third]
    ).select_related("target"),
    repo=int,
    first=str,
    second=str,
    third=str,
)
_COM = Prepared(
    lambda repo, oid: Com.objects.filter(repo=repo, oid=RawSQL("%s", [oid]))[:1],
    repo=int,
    oid=bytes,
)


@dataclass(frozen=True)
class Revision:
    """One commit of one repo, found by a name or an id that may be asked for."""

    repo: Repo
    oid: str
    tree_oid: str
    when: dt.datetime
    com_id: int
    gen: int
    on_default: bool
    ref: str = ""


@dataclass(frozen=True)
class Entry:
    """A file or folder of a revision. `size`: bytes as downloaded; `lfs`: sha256 of a large file.

    `sha256` is that of the bytes as downloaded, empty for folders. `xet`: the Xet hash as text.
    """

    path: str
    kind: str
    oid: str
    size: int = 0
    lfs: str | None = None
    sha256: str = ""
    store_key: str | None = None
    xet: str | None = None
    repo_id: int = field(default=0, repr=False)

    @property
    def is_file(self) -> bool:
        return self.kind == "file"

    @property
    def cursor(self) -> str:
        """The place of this entry in a listing; `listing(after=...)` goes on behind it."""
        return self.path if self.is_file else self.path + "/"

    @property
    def etag(self) -> str:
        return self.lfs or self.oid

    @property
    def content_key(self) -> str | None:
        """The key of its bytes in the content store; None where the database keeps them."""
        return self.lfs or self.store_key


def revision_of(repo: Repo, com: Com, ref: str = "") -> Revision:
    return Revision(repo, com.oid, com.tree, com.when, com.pk, com.gen, com.on_default, ref)


def _candidates(rev: str) -> list[str]:
    if rev == "HEAD":
        return []
    names = [f"refs/heads/{rev}", f"refs/tags/{rev}"]
    return [rev, *names] if rev.startswith("refs/") else names


def find_ref(repo: Repo, rev: str) -> Ref | None:
    """Return the ref that `rev` names: a branch before a tag of the same name."""
    names = _candidates(repo.default_branch if rev == "HEAD" else rev)
    asked = dict(zip(("first", "second", "third"), (names * 2)[:3], strict=True))
    found = {ref.name: ref for ref in _REFS.all(repo=repo.pk, **asked)}
    return next((found[name] for name in names if name in found), None)


def addressable(com: Com) -> bool:
    """Whether a live ref of its repo reaches this commit, or something retains it."""
    if com.on_default:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [com.pk])
        if cursor.fetchone():
            return True
    return Retained.objects.filter(com=com).exists()


def by_oid(repo: Repo, oid: str) -> Com | None:
    """Return the commit of this full id, if it may still be asked for."""
    com = _COM.first(repo=repo.pk, oid=bytes.fromhex(oid))
    return com if com is not None and addressable(com) else None


def _by_prefix(repo: Repo, prefix: str) -> Com | None:
    low, high = prefix.ljust(40, "0"), prefix.ljust(40, "f")
    found = list(Com.objects.filter(repo=repo, oid__gte=low, oid__lte=high)[:2])
    return found[0] if len(found) == 1 and addressable(found[0]) else None


def resolve(repo: Repo, rev: str | None = None) -> Revision:
    """Return the revision that a branch, tag, `refs/…` name, commit id or its prefix means.

    Only commits that a live ref of this repo reaches, or that are retained, have an address;
    anything else raises `RevisionNotFound`, also ids of trees and blobs.
    """
    rev = rev or repo.default_branch
    if FULL_OID.fullmatch(rev):
        com = by_oid(repo, rev)
        if com is not None:
            return revision_of(repo, com)
        raise _not_found(rev)
    if len(rev) <= 300 and "\0" not in rev and (ref := find_ref(repo, rev)) is not None:
        return revision_of(repo, ref.target, ref.name)
    if SHORT_OID.fullmatch(rev) and (com := _by_prefix(repo, rev)) is not None:
        return revision_of(repo, com)
    raise _not_found(rev)


def _not_found(rev: str) -> RevisionNotFound:
    return RevisionNotFound(f"Invalid rev id: {rev[:100]}", rev=rev)


def _entries(repo_id: int, found: list[Entry]) -> list[Entry]:
    """Return the entries with what is known of their blobs, in one query a batch."""
    known = objects.facts(repo_id, (entry.oid for entry in found if entry.is_file))
    return [_with_facts(entry, known) if entry.is_file else entry for entry in found]


def _with_facts(entry: Entry, known: dict[str, objects.Facts]) -> Entry:
    fact = known[entry.oid]
    return replace(
        entry,
        size=fact.size,
        lfs=fact.lfs,
        sha256=fact.sha256,
        store_key=fact.store_key,
        xet=fact.xet,
    )


def _find(revision: Revision, path: str) -> Entry:
    repo_id = revision.repo.pk
    mode, oid = FOLDER_MODE, revision.tree_oid
    # Paths are stored in NFC; a client on macOS may ask in NFD.
    for part in unicodedata.normalize("NFC", path).split("/") if path else []:
        found = objects.tree(repo_id, oid).get(part) if mode == FOLDER_MODE else None
        if found is None:
            raise EntryNotFound(revision=revision, path=path)
        mode, oid = found
    kind = "directory" if mode == FOLDER_MODE else "file"
    return Entry(path, kind, oid, repo_id=repo_id)


def entry(revision: Revision, path: str) -> Entry:
    """Return the file or folder at `path` ("" is the root); raises `EntryNotFound`."""
    return _entries(revision.repo.pk, [_find(revision, path)])[0]


def blob(repo: Repo, oid: str, path: str) -> Entry:
    """Return the file whose git id is known already; `path`: what it is called."""
    return _entries(repo.pk, [Entry(path, "file", oid, repo_id=repo.pk)])[0]


def entries(revision: Revision, paths: list[str]) -> list[Entry]:
    """Return what stands at these paths; paths where nothing stands are left out."""
    found = []
    for path in paths:
        try:
            found.append(_find(revision, path))
        except EntryNotFound:
            continue
    return _entries(revision.repo.pk, found)


def _walk(repo_id: int, oid: str, prefix: str, recursive: bool, after: str) -> Iterator[Entry]:
    """Yield entries in git's order, without opening folders that lie before `after`."""
    tree = objects.tree(repo_id, oid)
    if recursive:
        objects.look_ahead(repo_id, _folders(tree, prefix, after)[:BATCH])
    for name, (mode, below) in tree.items():
        folder = mode == FOLDER_MODE
        found = Entry(prefix + name, "directory" if folder else "file", below, repo_id=repo_id)
        inside = folder and after.startswith(found.cursor)
        if found.cursor > after:
            yield found
        elif not inside:
            continue
        if folder and recursive:
            yield from _walk(repo_id, below, found.cursor, recursive, after)


def _folders(tree: Tree, prefix: str, after: str) -> list[str]:
    """Return the ids of the folders of a tree that a walk from `after` on opens."""
    found = ((f"{prefix}{name}/", oid) for name, (mode, oid) in tree.items() if mode == FOLDER_MODE)
    return [oid for cursor, oid in found if cursor > after or after.startswith(cursor)]


def listing(
    revision: Revision,
    path: str = "",
    recursive: bool = False,
    after: str | None = None,
    limit: int = 1000,
    sizes: bool = True,
) -> list[Entry]:
    """Return up to `limit` entries below `path` in git's order.

    `after`: the `cursor` of the last entry of the page before. `sizes`: False spares the look-up
    of what is known of each file beside its id. An empty repo lists nothing; a path that is a
    file or is not there raises `EntryNotFound`.
    """
    root = _find(revision, path)
    if root.is_file or (path and root.oid == EMPTY_TREE):
        raise EntryNotFound(revision=revision, path=path)
    prefix = path + "/" if path else ""
    found = []
    for item in _walk(revision.repo.pk, root.oid, prefix, recursive, after or ""):
        found.append(item)
        if len(found) >= limit:
            break
    return _entries(revision.repo.pk, found) if sizes else found


def open_entry(entry: Entry) -> BinaryIO:
    """Return the bytes of a file as an open file: from the content store or from memory."""
    if entry.content_key is not None:
        return opened(entry.content_key)
    return BytesIO(objects.read_small(entry.repo_id, entry.oid))


def read(entry: Entry, limit: int = 16 * 2**20) -> bytes:
    """Return the bytes of a file of at most `limit` bytes; raises ValueError for a longer one."""
    if entry.size > limit:
        raise ValueError(f"{entry.path} has {entry.size} bytes, more than {limit}")
    with open_entry(entry) as file:
        return file.read()
