"""From operations to trees: hashing and compressing, all of it before the transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from models_registry.cards import Facets
from models_registry.formats import lfs
from models_registry.formats.git_objects import (
    BLOB,
    EMPTY_TREE,
    Tree,
    object_id,
)
from models_registry.formats.tree_edit import (
    Change,
    FileInTheWay,
    Folder,
    FolderInTheWay,
    NothingThere,
    changes,
)
from models_registry.models import Obj, Repo
from models_registry.revisions import objects
from models_registry.revisions.describing import facets_of, weights_of
from models_registry.revisions.operations import (
    AddFile,
    AddLfs,
    CopyFile,
    DeletePath,
    Operation,
)
from models_registry.revisions.paths import check_folder, check_path
from models_registry.revisions.reading import resolve
from models_registry.revisions.refusals import (
    CommitTooLarge,
    EntryNotFound,
    LfsMissing,
    PathInTheWay,
)
from models_registry.revisions.rows import Prepared, blob_row, tree_row
from models_registry.storage.ownership import owned
from portal.errors import Invalid

LARGEST_REGULAR = 10 * 2**20  # bytes; larger files must come through LFS
MOST_OPERATIONS = 25_000


@dataclass(frozen=True)
class Checked:
    """Operations whose paths and sizes are allowed, each with the git id of the blob it brings."""

    steps: Sequence[tuple[Operation, str]]
    blobs: dict[str, Prepared]


@dataclass
class Plan:
    """What a commit on top of `base_tree` writes."""

    base_tree: str
    tree: str
    changes: list[Change]
    rows: list[Obj]
    blobs: list[Prepared]
    facets: Facets | None  # what lists show, where this commit changes it
    weights: dict[str, Any] | None  # how many parameters, where this commit may change it

    @property
    def large(self) -> list[Prepared]:
        """What goes to the content store, in one order for all, so that nobody waits in a ring."""
        return sorted((b for b in self.blobs if b.is_large), key=lambda blob: blob.sha256)

    @property
    def lfs(self) -> set[str]:
        return {blob.lfs for blob in self.blobs if blob.lfs}

    @property
    def brought(self) -> int:
        """Bytes of content that come with this commit."""
        return sum(len(blob.content) for blob in self.blobs)


def _paths_of(operation: Operation) -> Operation:
    """Return the operation with its paths checked and in NFC."""
    if isinstance(operation, AddFile):
        return AddFile(check_path(operation.path), operation.content)
    if isinstance(operation, AddLfs):
        return AddLfs(check_path(operation.path), operation.sha256, operation.size)
    if isinstance(operation, CopyFile):
        return CopyFile(
            check_folder(operation.path), check_folder(operation.source), operation.source_revision
        )
    is_folder = operation.folder or operation.path.endswith("/")
    return DeletePath(check_folder(operation.path), is_folder)


def _regular(operation: AddFile) -> Prepared:
    content = operation.content
    if len(content) > LARGEST_REGULAR:
        raise CommitTooLarge(
            _("“%(path)s” has more than 10 MB. Upload it as an LFS file instead.")
            % {"path": operation.path}
        )
    return Prepared(object_id(BLOB, content), content, hashlib.sha256(content).hexdigest())


def _large_file(operation: AddLfs, sizes: dict[str, int]) -> Prepared:
    size = sizes.get(operation.sha256)
    if size is None or operation.size not in (None, size):
        raise LfsMissing()
    content = lfs.pointer(operation.sha256, size)
    digest = hashlib.sha256(content).hexdigest()
    return Prepared(object_id(BLOB, content), content, digest, operation.sha256, size)


def check(repo: Repo, operations: Sequence[Operation]) -> Checked:
    """Return the operations ready to be applied; raises the refusal of the first that is wrong."""
    if len(operations) > MOST_OPERATIONS:
        raise CommitTooLarge(
            _("One commit can hold %(most)d operations. Split it into several commits.")
            % {"most": MOST_OPERATIONS}
        )
    allowed = [_paths_of(operation) for operation in operations]
    sizes = owned(repo, (item.sha256 for item in allowed if isinstance(item, AddLfs)))
    steps: list[tuple[Operation, str]] = []
    blobs: dict[str, Prepared] = {}
    for item in allowed:
        blob = _prepare(item, sizes)
        steps.append((item, blob.oid if blob else ""))
        if blob is not None and (blob.oid not in blobs or blob.lfs):
            blobs[blob.oid] = blob
    return Checked(steps, blobs)


def _prepare(operation: Operation, sizes: dict[str, int]) -> Prepared | None:
    if isinstance(operation, AddFile):
        return _regular(operation)
    if isinstance(operation, AddLfs):
        return _large_file(operation, sizes)
    return None


def _apply(repo: Repo, root: Folder, operation: Operation, oid: str) -> None:
    if isinstance(operation, AddFile | AddLfs):
        root.put(operation.path, oid)
    elif isinstance(operation, DeletePath):
        root.delete(operation.path, folder=operation.folder)
    elif isinstance(operation, CopyFile):
        source = root
        if operation.source_revision is not None:
            revision = resolve(repo, operation.source_revision)
            source = Folder(partial(objects.tree, repo.pk), revision.tree_oid)
        root.graft(operation.path, source.find(operation.source))


def _edit(repo: Repo, checked: Checked, root: Folder) -> None:
    for operation, oid in checked.steps:
        try:
            _apply(repo, root, operation, oid)
        except NothingThere as error:
            raise EntryNotFound(
                _("A file with this name doesn't exist: “%(path)s”") % {"path": error.path},
                path=error.path,
            ) from None
        except (FileInTheWay, FolderInTheWay) as error:
            raise _in_the_way(error) from None


def _in_the_way(error: FileInTheWay | FolderInTheWay) -> PathInTheWay:
    if isinstance(error, FileInTheWay):
        sentence = _("“%(path)s” is a file, so nothing can lie below it. Delete it first.")
    else:
        sentence = _("“%(path)s” is a folder. Delete it before a file takes its name.")
    return PathInTheWay(sentence % {"path": error.path})


def plan(repo: Repo, checked: Checked, base_tree: str) -> Plan:
    """Return what to write so that the operations stand on top of `base_tree`.

    Only what survives the operations is written: a blob that a later operation replaces would
    otherwise dangle in every clone.
    """
    root = Folder(partial(objects.tree, repo.pk), base_tree)
    _edit(repo, checked, root)
    trees: dict[str, tuple[Tree, bytes]] = {}
    tree = root.write(trees)
    for oid, (entries, _content) in trees.items():
        objects.remember(repo.pk, oid, entries)

    def load(oid: str) -> Tree:
        return trees[oid][0] if oid in trees else objects.tree(repo.pk, oid)

    differences = list(changes(load, base_tree, tree))
    before = {change.oid: change.before for change in differences if change.folder}
    before[tree] = base_tree
    rows = [tree_row(repo, oid, trees[oid][1], before.get(oid)) for oid in before if oid in trees]
    arrived = {change.oid for change in differences if not change.folder}
    blobs = [blob for oid, blob in checked.blobs.items() if oid in arrived]
    rows += [blob_row(repo, blob) for blob in blobs]
    facets = facets_of(repo, checked.blobs, differences)
    weights = weights_of(repo, load(tree), blobs, differences)
    return Plan(base_tree, tree, differences, rows, blobs, facets, weights)


def message_of(summary: str, description: str) -> str:
    """Return the commit's message, ending with a line break as `git commit` leaves it."""
    text = f"{summary.strip()}\n\n{description.strip()}".strip()
    if "\0" in text:
        raise Invalid(_("A commit message cannot hold a NUL character."), code="BadMessage")
    if not text:
        raise Invalid(_("A commit needs a summary."), code="BadMessage")
    if len(text) > 65_536:
        raise CommitTooLarge(_("A commit message can have 65,536 characters at most."))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid(_("The commit message is not valid Unicode."), code="BadMessage") from None
    return text + "\n"


def new_objects(plan: Plan) -> Iterable[str]:
    """Return the ids of all objects that the parent's tree did not hold."""
    oids = {change.oid for change in plan.changes if change.oid is not None}
    if plan.tree != EMPTY_TREE or plan.base_tree != EMPTY_TREE:
        oids.add(plan.tree)
    return oids
