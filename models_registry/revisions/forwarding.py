"""Moving the default branch forward along commits that are there already."""

from functools import partial

from django.db import transaction

from models_registry.formats.tree_edit import changes
from models_registry.models import Com, CommitParent, PathDelta, Ref, Repo
from models_registry.news import announce
from models_registry.revisions import objects
from models_registry.revisions.describing import facets_of, weights_of
from models_registry.revisions.refusals import BranchMoved
from portal.people.models import Person

BATCH = 500


@transaction.atomic
def forward(repo: Repo, start: Com, end: Com, *, by: Person) -> str:
    """Let the default branch point at `end`, of which `start`, its head, is an ancestor.

    Raises `BranchMoved` where somebody committed meanwhile.
    """
    ref = Ref.objects.select_for_update().get(repo=repo, name=repo.default_ref)
    if ref.target_id != start.pk:
        raise BranchMoved()
    for parent, com in _steps(start, end):
        join(parent.tree, com)
    Ref.objects.filter(pk=ref.pk).update(target=end)
    load = partial(objects.tree, repo.pk)
    differences = list(changes(load, start.tree, end.tree))
    facets = facets_of(repo, {}, differences)
    weights = weights_of(repo, load(end.tree), [], differences)
    values = {"head_oid": end.oid, "updated_at": end.when}
    if weights is not None:
        values["weights"] = weights
    Repo.objects.filter(pk=repo.pk).update(**values)
    announce(repo, end, repo.default_ref, by, facets)
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


def join(before: str, com: Com) -> None:
    """Make a commit one of the default branch, with what it changed of the tree `before`."""
    if com.on_default:
        return
    com.on_default = True
    com.save(update_fields=["on_default"])
    load = partial(objects.tree, com.repo_id)
    rows = [
        PathDelta(
            repo_id=com.repo_id,
            path=change.path,
            com=com,
            gen=com.gen,
            oid=change.oid,
            whole=change.whole,
        )
        for change in changes(load, before, com.tree)
    ]
    PathDelta.objects.bulk_create(rows, batch_size=BATCH)
