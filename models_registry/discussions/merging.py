"""Merging a pull request: the branch moves to its head, or one commit brings its changes on top.

A file that both sides changed since they parted is a conflict; nobody's work is overwritten.
"""

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from models_registry import revisions
from models_registry.discussions import talking
from models_registry.formats.git_objects import EMPTY_TREE
from models_registry.formats.tree_edit import Change, changes
from models_registry.models import Com, CommitParent, Discussion, Ref
from models_registry.models.discussions import DiscussionState
from models_registry.revisions import CopyFile, DeletePath, objects
from models_registry.revisions.default_branch import forward
from portal.errors import Conflict, NotNow
from portal.people.models import Person
from portal.sentences import filled


class MergeConflict(Conflict):
    """Both sides changed the same files; the sentence names the first of them."""

    code = "MergeConflict"


def head_of(discussion: Discussion) -> Com | None:
    """Return the newest commit of a pull request."""
    refs = Ref.objects.select_related("target").filter(repo=discussion.repo, name=discussion.ref)
    ref = refs.first()
    return ref.target if ref else None


def default_head(discussion: Discussion) -> Com | None:
    repo = discussion.repo
    ref = Ref.objects.select_related("target").filter(repo=repo, name=repo.default_ref).first()
    return ref.target if ref else None


def parting(head: Com) -> Com | None:
    """Return the newest commit of the default branch that a pull request stands on."""
    at: Com | None = head
    while at is not None and not at.on_default:
        link = CommitParent.objects.filter(com=at, n=0).select_related("parent").first()
        at = link.parent if link else None
    return at


def proposed_changes(head: Com, base: Com | None) -> list[Change]:
    """Return what a pull request changes since it parted from the default branch."""
    load = partial(objects.tree, head.repo_id)
    return list(changes(load, base.tree if base else EMPTY_TREE, head.tree))


def conflicts(discussion: Discussion) -> list[str]:
    """Return the paths that were changed on both sides, to different ends."""
    head, target = head_of(discussion), default_head(discussion)
    if head is None or target is None or discussion.state == DiscussionState.MERGED:
        return []
    base = parting(head)
    if base is not None and base.pk == target.pk:
        return []
    return sorted(_crossing(proposed_changes(head, base), proposed_changes(target, base)))


def _crossing(ours: list[Change], theirs: list[Change]) -> set[str]:
    """A path is in conflict where both changed it differently, or one took a folder away."""
    mine = {change.path: change for change in ours if not change.folder or change.oid is None}
    other = {change.path: change for change in theirs if not change.folder or change.oid is None}
    found = {path for path in mine.keys() & other.keys() if mine[path].oid != other[path].oid}
    for one, many in ((mine, other), (other, mine)):
        gone = tuple(f"{path}/" for path, change in one.items() if change.whole)
        found |= {path for path in many if gone and path.startswith(gone)}
    return found


def merge(discussion: Discussion, *, by: Person, text: str = "") -> str:
    """Merge a pull request and return the commit it became; raises `MergeConflict`."""
    if not discussion.is_pull_request or discussion.state != DiscussionState.OPEN:
        raise NotNow(_("Only an open pull request can be merged."))
    head = head_of(discussion)
    if head is None or head.on_default:
        raise NotNow(_("This pull request proposes nothing yet."))
    crossing = conflicts(discussion)
    if crossing:
        raise MergeConflict(
            filled(
                _("“%(path)s” was changed on both sides. Update the pull request first."),
                {"path": crossing[0]},
            )
        )
    if parting(head) is None:
        raise MergeConflict(
            _("The branch that this pull request stands on was squashed. Propose it anew.")
        )

    def then(oid: str) -> None:
        if text.strip():
            talking.comment(discussion, by=by, text=text)
        talking.move(discussion, by=by, state=DiscussionState.MERGED, merged_oid=oid)

    return _merged(discussion, head, by, then)


def _merged(discussion: Discussion, head: Com, by: Person, then: Callable[[str], None]) -> str:
    base, target = parting(head), default_head(discussion)
    if base is not None and target is not None and base.pk == target.pk:
        return forward(discussion.repo, target, head, by=by, then=then)
    return _on_top(discussion, head, base, target, by, then)


def _on_top(
    discussion: Discussion,
    head: Com,
    base: Com | None,
    target: Com | None,
    by: Person,
    then: Callable[[str], None],
) -> str:
    """Bring the changes of the pull request as one commit on the head that was checked."""
    operations: list[revisions.Operation] = []
    for change in proposed_changes(head, base):
        if change.oid is None:
            operations.append(DeletePath(change.path, change.folder))
        elif not change.folder:
            operations.append(CopyFile(change.path, change.path, head.oid))
    done = revisions.commit(
        discussion.repo,
        author=by,
        operations=operations,
        summary=f"{discussion.title} (#{discussion.number})",
        ref=discussion.repo.default_ref,
        parent=target.oid if target else None,
        then=then,
    )
    return done.oid
