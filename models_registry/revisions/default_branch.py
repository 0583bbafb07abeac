"""Commits joining the default branch, and the branch moving along commits that are there."""

from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction

from models_registry.batches import BATCH
from models_registry.formats.tree_edit import Change, changes
from models_registry.models import Com, CommitParent, PathDelta, Ref, Repo
from models_registry.news import announce
from models_registry.revisions import objects
from models_registry.revisions.describing import facets_of, weights_of
from models_registry.revisions.noting import note_results
from models_registry.revisions.refusals import BranchMoved
from portal.people.models import Person


def join(com: Com, differences: Iterable[Change]) -> None:
    """Make a commit one of the default branch, with what it changed."""
    if com.on_default:
        return
    com.on_default = True
    com.save(update_fields=["on_default"])
    PathDelta.objects.bulk_create(deltas_of(com, differences), batch_size=BATCH)


def deltas_of(com: Com, differences: Iterable[Change]) -> list[PathDelta]:
    """Return what a commit changed as rows to be written."""
    return [
        PathDelta(
            repo_id=com.repo_id,
            path=change.path,
            com=com,
            gen=com.gen,
            oid=change.oid,
            whole=change.whole,
        )
        for change in differences
    ]


def forward(repo: Repo, start: Com, end: Com, *, by: Person, then: Callable[[str], None]) -> str:
    """Let the default branch point at `end`, of which `start`, its head, is an ancestor.

    All reading comes before the transaction; `then` is called in it with the id of the new head.
    Raises `BranchMoved` where somebody committed meanwhile.
    """
    load = partial(objects.tree, repo.pk)
    steps = [
        (com, list(changes(load, parent.tree, com.tree))) for parent, com in _steps(start, end)
    ]
    differences = list(changes(load, start.tree, end.tree))
    facets = facets_of(repo, {}, differences)
    weights = weights_of(repo, load(end.tree), [], differences)
    values = {"head_oid": end.oid, "updated_at": end.when}
    if weights is not None:
        values["weights"] = weights
    with transaction.atomic():
        ref = Ref.objects.select_for_update().get(repo=repo, name=repo.default_ref)
        if ref.target_id != start.pk:
            raise BranchMoved()
        for com, changed in steps:
            join(com, changed)
        Ref.objects.filter(pk=ref.pk).update(target=end)
        Repo.objects.filter(pk=repo.pk).update(**values)
        note_results(repo, end)
        announce(repo, end, repo.default_ref, by, facets)
        then(end.oid)
    return end.oid


def _steps(start: Com, end: Com) -> list[tuple[Com, Com]]:
    """Return (parent, commit) from `start` on, the oldest first."""
    found: list[tuple[Com, Com]] = []
    at = end
    while at.pk != start.pk:
        link = CommitParent.objects.select_related("parent").get(com=at, n=0)
        found.append((link.parent, at))
        at = link.parent
    return found[::-1]
