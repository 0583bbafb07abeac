"""How objects stand in the database: whole, as deltas, or as a key of the content store."""

from dataclasses import dataclass, field

from models_registry.formats import deltas
from models_registry.formats.git_objects import BLOB, EMPTY_TREE, TREE, deflate
from models_registry.models import Obj, Repo
from models_registry.revisions import objects

INLINE_LIMIT = 48 * 2**10  # bytes; larger blobs go to the content store
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


def tree_row(repo: Repo, oid: str, content: bytes, before: str | None) -> Obj:
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


def blob_row(repo: Repo, blob: Prepared) -> Obj:
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
