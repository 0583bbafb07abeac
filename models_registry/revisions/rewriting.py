"""Taking large files out of every revision of a repo: its history is written anew without them.

Every commit that had them gets another id. A revision that was evaluated stays as it is, so what
stands in one is not taken out.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    inflate,
    object_id,
)
from models_registry.formats.git_objects import TREE as TREE_TYPE
from models_registry.formats.tree_edit import Change, changes
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
from models_registry.revisions.default_branch import deltas_of
from models_registry.revisions.describing import weights_of
from models_registry.revisions.noting import note_results
from models_registry.revisions.rows import tree_row
from models_registry.revisions.writing import insert_objects
from portal import events, jobs
from portal.errors import Conflict
from portal.people.models import Person

COMMITS = 250  # whose rows are written together
AT_ONCE = 300  # commits of a history that is written anew while the client waits: about a second
ENTRIES = 100_000  # of trees kept until they are written, about 250 bytes each


class Evaluated(Conflict):
    code = "EvaluatedRevision"
    default = _(
        "One of these files stands in a revision that was evaluated, which must stay as it is. "
        "Delete the file from the branch with a new commit instead."
    )


@dataclass
class Rewritten:
    """What a history became: {old id: new commit}, and the steps along the default branch."""

    made: dict[str, Com]
    shown: list["Step"]


def remove(repo: Repo, hashes: Iterable[str], *, by: Person) -> int:
    """Take the files with these sha256 out of all revisions; return how many commits changed.

    The new commits are written while others go on committing: nothing reaches them, and if it comes
    to nothing the sweep takes them away. Then all refs move at once. Only where one of them has
    moved meanwhile is it all done again while they wait.
    """
    wanted = set(hashes)
    tips = _tips(repo)
    done = _rewritten(repo, wanted, tips, by)
    with transaction.atomic():
        list(Ref.objects.select_for_update().filter(repo=repo).order_by("pk"))
        now = _tips(repo)
        if now != tips:
            done = _rewritten(repo, wanted, now, by)
        _refuse_evaluated(repo, wanted)
        for ref, oid in now.items():
            if oid in done.made:
                Ref.objects.filter(pk=ref).update(target=done.made[oid])
        RepoBlob.objects.filter(repo=repo, blob__in=wanted).delete()
        for steps in batched(done.shown):
            _replace(steps)
        if done.made:
            _follow(repo, {old: com.oid for old, com in done.made.items()})
            _show(repo)
        events.record(
            "registry:repo:files-removed",
            actor=by,
            subject=f"repo:{repo.pk}",
            body={"files": len(wanted), "commits": len(done.made)},
        )
    return len(done.made)


def _tips(repo: Repo) -> dict[int, str]:
    return dict(Ref.objects.filter(repo=repo).values_list("pk", "target__oid"))


class Stripped:
    """The trees of a repo without some blobs, each worked out once."""

    def __init__(self, repo: Repo, without: set[str]) -> None:
        self.repo, self.without = repo, without
        self._rows: dict[str, Obj] = {}
        self._trees: dict[str, Tree] = {}
        self._known: dict[str, str] = {EMPTY_TREE: EMPTY_TREE}
        self.waiting = 0  # entries of trees that are to be written

    def load(self, oid: str) -> Tree:
        """Return a tree, be it written or not."""
        return self._trees[oid] if oid in self._trees else objects.tree(self.repo.pk, oid)

    def written(self) -> list[Obj]:
        """Return the rows of new trees, which the caller writes now."""
        rows = list(self._rows.values())
        self._rows.clear()
        self._trees.clear()
        self.waiting = 0
        return rows

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
            self._rows[made] = tree_row(self.repo, made, content, None)
            self._trees[made] = kept
            self.waiting += len(kept)
        return made


@dataclass
class Step:
    """A commit written anew. `parents`: ids as `old` names them."""

    old: Com
    com: Com
    content: bytes
    parents: list[str]
    differences: list[Change]

    def row(self, repo: Repo) -> Obj:
        size, data = len(self.content), deflate(self.content)
        return Obj(repo=repo, oid=self.com.oid, type=COMMIT, size=size, data=data)


def _pointers(repo: Repo, hashes: set[str]) -> set[str]:
    found: set[str] = set()
    for batch in batched(hashes):
        found |= set(Obj.objects.filter(repo=repo, lfs__in=batch).values_list("oid", flat=True))
    return found


def _refuse_evaluated(repo: Repo, hashes: set[str], stripped: Stripped | None = None) -> None:
    stripped = stripped or Stripped(repo, _pointers(repo, hashes))
    kept = Retained.objects.filter(com__repo=repo).values_list("com__tree", flat=True).distinct()
    if any(stripped.tree(tree) != tree for tree in kept):
        raise Evaluated


def _rewritten(repo: Repo, hashes: set[str], tips: Mapping[int, str], by: Person) -> Rewritten:
    """Write the commits below `tips` that differ, the oldest first."""
    stripped = Stripped(repo, _pointers(repo, hashes))
    _refuse_evaluated(repo, hashes, stripped)
    history = History(repo)
    reached = history.below(history.known(tips.values()))
    done = Rewritten({}, [])
    steps: list[Step] = []
    for batch in batched(_by_age(repo, reached), COMMITS):
        contents = _contents(repo, [com.oid for com in batch])
        for old in batch:
            ups = history.parents[old.oid]
            tree = stripped.tree(old.tree)
            if tree == old.tree and not any(up in done.made for up in ups):
                continue
            content = _said_of(contents[old.oid], tree, [_renamed(done.made, up) for up in ups])
            before = _tree_before(history, done.made, ups)
            differences = list(changes(stripped.load, before, tree))
            done.made[old.oid] = com = _com(old, object_id(COMMIT, content), tree)
            steps.append(Step(old, com, content, ups, differences))
            if stripped.waiting > ENTRIES:
                _write(repo, history, steps, done, stripped, by)
        _write(repo, history, steps, done, stripped, by)
    return done


def _tree_before(history: History, made: Mapping[str, Com], parents: list[str]) -> str:
    if not parents:
        return EMPTY_TREE
    first = parents[0]
    return made[first].tree if first in made else history.trees[first]


def _renamed(made: Mapping[str, Com], oid: str) -> str:
    return made[oid].oid if oid in made else oid


def remove_soon(repo: Repo, hashes: Sequence[str], *, by: Person) -> int | None:
    """`remove`, or have a job do so where the history is long: None, and nothing has changed yet.

    What is refused is refused now.
    """
    if Com.objects.filter(repo=repo).count() <= AT_ONCE:
        return remove(repo, hashes, by=by)
    _refuse_evaluated(repo, set(hashes))
    named = hashlib.sha256(" ".join(sorted(hashes)).encode()).hexdigest()[:16]
    payload = {"repo": repo.pk, "files": list(hashes), "by": by.pk}
    jobs.enqueue("models_registry.jobs.remove_files", f"{repo.pk}:{named}", payload, by=by)
    return None


def _by_age(repo: Repo, oids: set[str]) -> list[Com]:
    coms = [com for batch in batched(oids) for com in Com.objects.filter(repo=repo, oid__in=batch)]
    return sorted(coms, key=lambda com: (com.gen, com.pk))


def _contents(repo: Repo, oids: list[str]) -> dict[str, bytes]:
    rows = Obj.objects.filter(repo=repo, oid__in=oids).values_list("oid", "data", "size")
    return {oid: inflate(bytes(data or b""), size) for oid, data, size in rows}


def _com(old: Com, oid: str, tree: str) -> Com:
    """Return a commit, not yet written, that is what `old` was but for its tree and parents."""
    return Com(
        repo_id=old.repo_id,
        oid=oid,
        tree=tree,
        gen=old.gen,
        when=old.when,
        title=old.title,
        author_id=old.author_id,
        appended=old.appended,
    )


@transaction.atomic
def _write(
    repo: Repo,
    history: History,
    steps: list[Step],
    done: Rewritten,
    stripped: Stripped,
    by: Person,
) -> None:
    """Write the steps in a few statements, and forget them; the oldest stand first."""
    objects_of = {step.com.oid: step.row(repo) for step in steps}
    insert_objects(repo, [*stripped.written(), *objects_of.values()], by=by)
    there = {com.oid: com for com in Com.objects.filter(repo=repo, oid__in=list(objects_of))}
    new = [step for step in steps if there.setdefault(step.com.oid, step.com) is step.com]
    Com.objects.bulk_create([step.com for step in new], batch_size=BATCH)
    for step in steps:
        done.made[step.old.oid] = step.com = there[step.com.oid]
    links, brought = [], []
    for step in new:
        for n, up in enumerate(step.parents):
            parent = done.made[up].pk if up in done.made else history.keys[up]
            links.append(CommitParent(com=step.com, parent_id=parent, n=n))
        oids = {change.oid for change in step.differences if change.oid is not None}
        oids = (oids | {step.com.tree}) - {EMPTY_TREE}
        brought += [ComObj(com=step.com, oid=oid) for oid in sorted(oids)]
    CommitParent.objects.bulk_create(links, batch_size=BATCH)
    ComObj.objects.bulk_create(brought, batch_size=BATCH)
    done.shown += [step for step in steps if step.old.on_default]
    steps.clear()


def _replace(steps: list[Step]) -> None:
    """Let the new commits be the default branch instead of the old ones."""
    old, new = [step.old.pk for step in steps], [step.com.pk for step in steps]
    PathDelta.objects.filter(com__in=old).delete()
    Com.objects.filter(pk__in=old).update(on_default=False)
    Com.objects.filter(pk__in=new).update(on_default=True)
    rows = [row for step in steps for row in deltas_of(step.com, step.differences)]
    PathDelta.objects.bulk_create(rows, batch_size=BATCH)


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
