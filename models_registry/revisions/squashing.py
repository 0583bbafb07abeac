"""Making one commit of a branch's history: the files stay, what led to them goes.

Commits that a tag, another branch or an evaluation holds keep their address; the others lose it
as if the branch had been deleted.
"""

from functools import partial

from django.db import transaction
from django.db.models import Max

from models_registry.discussions.merging import parting
from models_registry.discussions.talking import committed
from models_registry.formats.git_objects import (
    COMMIT,
    EMPTY_TREE,
    deflate,
    encode_commit,
    object_id,
)
from models_registry.formats.tree_edit import changes
from models_registry.models import Com, CommitParent, ComObj, Obj, PathDelta, Ref, Repo
from models_registry.news import announce
from models_registry.revisions import objects
from models_registry.revisions.default_branch import join
from models_registry.revisions.planning import message_of
from models_registry.revisions.refusals import RevisionNotFound
from models_registry.revisions.writing import BATCH, TITLE_LENGTH, insert_objects, signature
from portal import events
from portal.clock import db_now
from portal.people.models import Person


@transaction.atomic
def squash(repo: Repo, name: str, *, by: Person, message: str) -> str:
    """Let the ref `name` (`refs/…`) point at one commit that holds its tree; return its id.

    A pull request becomes one commit on top of where it parted, so that it can be merged still.
    What is one commit already stays as it is.
    """
    message = message_of(message, "")
    ref = Ref.objects.select_for_update().filter(repo=repo, name=name).first()
    if ref is None:
        raise RevisionNotFound(f"Invalid rev id: {name[:200]}", rev=name)
    head = Com.objects.get(pk=ref.target_id)
    base = parting(head) if name.startswith("refs/pr/") else None
    if _is_one(head, base):
        return head.oid
    com = _written(head, base, by, message)
    if name == repo.default_ref:
        _stand_alone(com)
    Ref.objects.filter(pk=ref.pk).update(target=com)
    _tell(repo, ref, head, com, by)
    return com.oid


def _is_one(head: Com, base: Com | None) -> bool:
    parents = set(CommitParent.objects.filter(com=head).values_list("parent", flat=True))
    return head == base or parents == ({base.pk} if base else set())


def _written(head: Com, base: Com | None, by: Person, message: str) -> Com:
    repo, when = head.repo, db_now().replace(microsecond=0)
    who = signature(by, when)
    content = encode_commit(
        tree=head.tree,
        parents=[base.oid] if base else [],
        author=who,
        committer=who,
        message=message,
    )
    oid = object_id(COMMIT, content)
    made = Obj(repo=repo, oid=oid, type=COMMIT, size=len(content), data=deflate(content))
    insert_objects(repo, [made], by=by)
    known = {"tree": head.tree, "gen": _generation(repo, base), "when": when, "author": by}
    title = message.splitlines()[0][:TITLE_LENGTH]
    com, new = Com.objects.get_or_create(repo=repo, oid=oid, defaults=known | {"title": title})
    if new:
        if base is not None:
            CommitParent.objects.create(com=com, parent=base)
        _bring(com, base.tree if base else EMPTY_TREE)
    return com


def _generation(repo: Repo, base: Com | None) -> int:
    """A history that begins anew is above all that was: no older commit takes it for its own."""
    if base is not None:
        return base.gen + 1
    newest = Com.objects.filter(repo=repo).aggregate(newest=Max("gen"))["newest"]
    return int(newest or 0) + 1


def _bring(com: Com, before: str) -> None:
    """Note what a clone of this commit gets beyond the tree `before`."""
    load = partial(objects.tree, com.repo_id)
    brought = {change.oid for change in changes(load, before, com.tree) if change.oid is not None}
    rows = [ComObj(com=com, oid=oid) for oid in sorted(brought | {com.tree, com.oid})]
    ComObj.objects.bulk_create(rows, batch_size=BATCH)


def _stand_alone(com: Com) -> None:
    """Make a commit without parents all that the default branch consists of."""
    Com.objects.filter(repo=com.repo, on_default=True).exclude(pk=com.pk).update(on_default=False)
    PathDelta.objects.filter(repo=com.repo).exclude(com=com).delete()
    load = partial(objects.tree, com.repo_id)
    join(com, changes(load, EMPTY_TREE, com.tree))
    Repo.objects.filter(pk=com.repo_id).update(head_oid=com.oid, updated_at=com.when)


def _tell(repo: Repo, ref: Ref, head: Com, com: Com, by: Person) -> None:
    events.record(
        "registry:ref:squashed",
        actor=by,
        subject=f"repo:{repo.pk}",
        body={"commit": com.oid, "before": head.oid},
        details={"ref": ref.name},
    )
    if ref.name.startswith("refs/pr/"):
        committed(repo, ref.name, by=by, title=com.title, oid=com.oid)
    announce(repo, com, ref.name, by, None)
