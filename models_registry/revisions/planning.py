"""From operations to trees: hashing and compressing, all of it before the transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.utils.translation import gettext_lazy as _

from models_registry.cards import CARD, Facets, describe
from models_registry.formats import deltas, lfs
from models_registry.formats.git_objects import (
    BLOB,
    EMPTY_TREE,
    TREE,
    Tree,
    deflate,
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
from models_registry.storage.ownership import owned
from portal.errors import Invalid

INLINE_LIMIT = 48 * 2**10  # bytes; larger blobs go to the content store
LARGEST_REGULAR = 10 * 2**20  # bytes; larger files must come through LFS
MOST_OPERATIONS = 25_000
DELTA_FROM = 2**10  # bytes of a tree from which a delta pays
MOST_STEPS = 2**12  # states of a folder before one is written whole again


@dataclass(frozen=True)
class Prepared:
    """A blob that operations bring along. `content` is kept until it is known to survive."""

    oid: str
    content: bytes = field(repr=False)
    sha256: str
    lfs: str = ""
    lfs_size: int | None = None

    @property
    def is_large(self) -> bool:
        return not self.lfs and len(self.content) > INLINE_LIMIT


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
    large: list[Prepared]
    lfs: set[str]
    facets: Facets | None  # what lists show, where this commit changes it


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


def _tree_row(repo: Repo, oid: str, content: bytes, before: str | None) -> Obj:
    """Return the row of a tree: a delta against an earlier state of its folder, if that pays."""
    row = Obj(repo=repo, oid=oid, type=TREE, size=len(content))
    if len(content) >= DELTA_FROM and before not in (None, EMPTY_TREE):
        _make_delta(row, content, objects.chain(repo.pk, str(before)))
    if row.data is None:
        row.data = deflate(content)
    return row


def _make_delta(row: Obj, content: bytes, before: list[objects.Link]) -> None:
    """Fill the row with a delta, unless that would be long or the chain has grown old.

    `before`: the chain of the state before, of step n - 1. The base of step n is the step whose
    number is n without its lowest bit (the "skip deltas" of Subversion's FSFS): it always lies on
    that chain, none is longer than 12, and a whole tree is needed once in 4,096 commits.
    """
    step = before[-1].step + 1
    if step >= MOST_STEPS:
        return
    links = [link for link in before if link.step <= step & (step - 1)]
    delta = deltas.tree_delta(objects.content_of(links), content)
    if len(delta) * 4 < len(content):
        row.base, row.step = links[-1].oid, step
        row.data, row.delta_size = deflate(delta), len(delta)


def _blob_row(repo: Repo, blob: Prepared) -> Obj:
    return Obj(
        repo=repo,
        oid=blob.oid,
        type=BLOB,
        size=len(blob.content),
        data=None if blob.is_large else deflate(blob.content),
        store_key=blob.sha256 if blob.is_large else None,
        sha256=blob.sha256,
        lfs=blob.lfs,
        lfs_size=blob.lfs_size,
    )


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
    rows = [_tree_row(repo, oid, trees[oid][1], before.get(oid)) for oid in before if oid in trees]
    arrived = {change.oid for change in differences if not change.folder}
    survivors = [blob for oid, blob in checked.blobs.items() if oid in arrived]
    rows += [_blob_row(repo, blob) for blob in survivors]
    large = [blob for blob in survivors if blob.is_large]
    pointed = {blob.lfs for blob in survivors if blob.lfs}
    facets = _facets(repo, checked, differences)
    return Plan(base_tree, tree, differences, rows, large, pointed, facets)


def _facets(repo: Repo, checked: Checked, differences: list[Change]) -> Facets | None:
    """Return what the new model card says; None where the commit leaves the card alone."""
    for change in differences:
        if change.path != CARD or change.folder:
            continue
        if change.oid is None:
            return Facets()
        blob = checked.blobs.get(change.oid)
        if blob is None:
            return describe(objects.read_small(repo.pk, change.oid), change.oid)
        return Facets() if blob.lfs else describe(blob.content, change.oid)
    return None


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
