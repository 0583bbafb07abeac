"""Taking large files out of every revision of a repo: its history is written anew without them.

Every commit that had them gets another id. A revision that was evaluated stays as it is, so what
stands in one is not taken out.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from models_registry import news
from models_registry.batches import BATCH, batched
from models_registry.formats.git_objects import (
    COMMIT,
    EMPTY_TREE,
    FOLDER_MODE,
    Tree,
    deflate,
    encode_tree,
    object_id,
)
from models_registry.formats.git_objects import TREE as TREE_TYPE
from models_registry.formats.tree_edit import changes
from models_registry.models import (
    Com,
    CommitParent,
    ComObj,
    Discussion,
    DiscussionEntry,
    Obj,
    PathDelta,
    Ref,
    Repo,
    RepoBlob,
    Retained,
)
from models_registry.models.discussions import EntryKind
from models_registry.revisions import objects
from models_registry.revisions.ancestry import History
from models_registry.revisions.default_branch import join
from models_registry.revisions.describing import weights_of
from models_registry.revisions.noting import note_results
from models_registry.revisions.rows import tree_row
from models_registry.revisions.writing import insert_objects
from portal import events
from portal.errors import Conflict
from portal.people.models import Person


class Evaluated(Conflict):
    code = "EvaluatedRevision"
    default = _(
        "One of these files stands in a revision that was evaluated, which must stay as it is. "
        "Delete the file from the branch with a new commit instead."
    )


@transaction.atomic
def remove(repo: Repo, hashes: Iterable[str], *, by: Person) -> int:
    """Take the files with these sha256 out of all revisions; return how many commits changed."""
    wanted = set(hashes)
    refs = list(Ref.objects.select_for_update().filter(repo=repo).order_by("pk"))
    pointers = _pointers(repo, wanted)
    stripped = Stripped(repo, pointers)
    _refuse_evaluated(repo, stripped)
    history = History(repo)
    tips = Com.objects.in_bulk([ref.target_id for ref in refs])
    reached = history.below({com.oid for com in tips.values()})
    renamed = _rewritten(repo, history, reached, stripped, by)
    for ref in refs:
        oid = tips[ref.target_id].oid
        if oid in renamed:
            Ref.objects.filter(pk=ref.pk).update(target=renamed[oid])
    RepoBlob.objects.filter(repo=repo, blob__in=wanted).delete()
    if renamed:
        _follow(repo, {old: com.oid for old, com in renamed.items()})
        _show(repo)
    events.record(
        "registry:repo:files-removed",
        actor=by,
        subject=f"repo:{repo.pk}",
        body={"files": len(wanted), "commits": len(renamed)},
    )
    return len(renamed)


class Stripped:
    """The trees of a repo without some blobs, each worked out once; `rows` are those to write."""

    def __init__(self, repo: Repo, without: set[str]) -> None:
        self.repo, self.without = repo, without
        self.rows: dict[str, Obj] = {}
        self._known: dict[str, str] = {EMPTY_TREE: EMPTY_TREE}

    def tree(self, oid: str) -> str:
        """Return the id of this tree without the blobs; folders that are left empty go too."""
        if oid not in self._known:
            self._known[oid] = self._written(oid, objects.tree(self.repo.pk, oid))
        return self._known[oid]

    def _written(self, oid: str, entries: Tree) -> str:
        kept: Tree = {}
        for name, (mode, below) in entries.items():
            if mode == FOLDER_MODE:
                below = self.tree(below)
            if below not in self.without and below != EMPTY_TREE:
                kept[name] = (mode, below)
        if kept == entries:
            return oid
        content = encode_tree(kept)
        made = object_id(TREE_TYPE, content)
        if made != EMPTY_TREE:
            self.rows[made] = tree_row(self.repo, made, content, None)
            objects.remember(self.repo.pk, made, kept)
        return made


def _pointers(repo: Repo, hashes: set[str]) -> set[str]:
    found: set[str] = set()
    for batch in batched(hashes):
        found |= set(Obj.objects.filter(repo=repo, lfs__in=batch).values_list("oid", flat=True))
    return found


def _refuse_evaluated(repo: Repo, stripped: Stripped) -> None:
    kept = Retained.objects.filter(com__repo=repo).values_list("com__tree", flat=True).distinct()
    if any(stripped.tree(tree) != tree for tree in kept):
        raise Evaluated


def _rewritten(
    repo: Repo, history: History, reached: set[str], stripped: Stripped, by: Person
) -> dict[str, Com]:
    """Write the commits that differ, the oldest first; return {old id: new commit}."""
    made: dict[str, Com] = {}
    for com in _by_age(repo, reached):
        parents = history.parents[com.oid]
        tree = stripped.tree(com.tree)
        if tree != com.tree or any(up in made for up in parents):
            insert_objects(repo, list(stripped.rows.values()), by=by)
            stripped.rows.clear()
            ups = [made.get(up) or Com.objects.get(repo=repo, oid=up) for up in parents]
            made[com.oid] = _commit(com, tree, ups, by)
    return made


def _by_age(repo: Repo, oids: set[str]) -> list[Com]:
    coms = [com for batch in batched(oids) for com in Com.objects.filter(repo=repo, oid__in=batch)]
    return sorted(coms, key=lambda com: (com.gen, com.pk))


def _commit(old: Com, tree: str, parents: list[Com], by: Person) -> Com:
    """Write a commit that says what `old` said, of another tree and on other parents."""
    repo = old.repo
    content = _said_of(objects.read_small(repo.pk, old.oid), tree, [up.oid for up in parents])
    oid = object_id(COMMIT, content)
    row = Obj(repo=repo, oid=oid, type=COMMIT, size=len(content), data=deflate(content))
    insert_objects(repo, [row], by=by)
    known = {"tree": tree, "gen": old.gen, "when": old.when, "title": old.title}
    known |= {"author": old.author, "appended": old.appended}
    com, new = Com.objects.get_or_create(repo=repo, oid=oid, defaults=known)
    before = parents[0].tree if parents else EMPTY_TREE
    differences = list(changes(partial(objects.tree, repo.pk), before, tree))
    if new:
        links = [CommitParent(com=com, parent=up, n=n) for n, up in enumerate(parents)]
        CommitParent.objects.bulk_create(links)
        brought = {change.oid for change in differences if change.oid is not None} | {tree}
        rows = [ComObj(com=com, oid=key) for key in sorted(brought - {EMPTY_TREE})]
        ComObj.objects.bulk_create(rows, batch_size=BATCH)
    if old.on_default:
        PathDelta.objects.filter(com=old).delete()
        Com.objects.filter(pk=old.pk).update(on_default=False)
        join(com, differences)
    return com


def _said_of(content: bytes, tree: str, parents: Iterable[str]) -> bytes:
    """Return a commit's content with another tree and other parents; all else as it was."""
    head, _blank, message = content.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
    first = [b"tree " + tree.encode(), *(b"parent " + up.encode() for up in parents)]
    return b"\n".join([*first, *kept, b"", message])


def _follow(repo: Repo, renamed: Mapping[str, str]) -> None:
    """Let timelines name the commits by their new ids."""
    for discussion in Discussion.objects.filter(repo=repo).exclude(merged_oid=""):
        discussion.merged_oid = renamed.get(discussion.merged_oid, discussion.merged_oid)
        discussion.save(update_fields=["merged_oid"])
    entries = DiscussionEntry.objects.filter(discussion__repo=repo, kind=EntryKind.COMMIT)
    for entry in entries:
        if new := renamed.get(entry.data.get("oid", "")):
            entry.data = entry.data | {"oid": new}
            entry.save(update_fields=["data"])


def _show(repo: Repo) -> None:
    """Write what lists show of the default branch, and tell who cares of its new head."""
    head = Ref.objects.select_related("target").get(repo=repo, name=repo.default_ref).target
    if head.oid == repo.head_oid:
        return
    load = partial(objects.tree, repo.pk)
    weights = weights_of(repo, load(head.tree), [], list(changes(load, EMPTY_TREE, head.tree)))
    values = {"head_oid": head.oid, "weights": weights or {}}
    Repo.objects.filter(pk=repo.pk).update(**values)
    note_results(repo, head)
    news.set_off(repo, head, repo.default_ref)
