"""A commit: operations become trees, a commit and a moved ref, all of it or nothing."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from models_registry import quotas
from models_registry.batches import batched
from models_registry.discussions.talking import committed, next_number, proposed
from models_registry.formats.git_objects import (
    COMMIT,
    EMPTY_TREE,
    Signature,
    deflate,
    encode_commit,
    object_id,
)
from models_registry.models import Com, CommitParent, ComObj, Obj, Ref, Repo
from models_registry.news import announce
from models_registry.revisions.default_branch import join
from models_registry.revisions.noting import note_results
from models_registry.revisions.operations import Operation
from models_registry.revisions.planning import (
    Checked,
    Plan,
    check,
    message_of,
    new_objects,
    plan,
)
from models_registry.revisions.refusals import BranchMoved, LfsMissing, RevisionNotFound
from models_registry.revisions.rows import Prepared
from models_registry.storage import Content, store
from models_registry.storage.crash import crash_point
from models_registry.storage.ownership import link, own
from portal.clock import db_now
from portal.errors import Conflict, Invalid, Missing
from portal.people.models import Person

TITLE_LENGTH = 250
_SOME_OID = re.compile(r"[0-9a-f]{5,40}")
BATCH = 250  # rows an INSERT


@dataclass(frozen=True)
class Committed:
    """What a commit came to. `changed` is False where the result was the head already."""

    oid: str
    parent: str | None
    pr_number: int | None
    changed: bool


@dataclass(frozen=True)
class _Deed:
    """What was asked for, checked once; how often it is planned depends on who else writes."""

    repo: Repo
    author: Person
    checked: Checked
    message: str
    ref: str
    parent: str | None
    create_pr: bool
    appended: bool
    then: Callable[[str], None] | None


class _HeadMoved(Exception):
    """Somebody else's commit came between planning and writing."""


def commit(
    repo: Repo,
    *,
    author: Person,
    operations: Sequence[Operation],
    summary: str,
    description: str = "",
    ref: str = "refs/heads/main",
    parent: str | None = None,
    create_pr: bool = False,
    appended: bool = False,
    then: Callable[[str], None] | None = None,
) -> Committed:
    """Apply `operations` on top of `ref` and move it, or open `refs/pr/N` with `create_pr`.

    With `parent` (5 to 40 hex digits) the head must still be that commit, or have nothing but
    `appended` commits (results that the portal writes) on top of it, else `BranchMoved`;
    without it the operations are applied to whatever the head is by then. A result that equals
    the head makes no commit. `then` is called in the transaction with the id of what is the head
    now: what must happen with the commit or not at all. Rights are the caller's to ask; nothing is
    changed by a refusal.
    """
    if parent is not None and not _SOME_OID.fullmatch(parent.lower()):
        raise Invalid(_("A parent commit is named by 5 to 40 hex digits."), code="BadParent")
    checked = check(repo, operations)
    message = message_of(summary, description)
    deed = _Deed(repo, author, checked, message, ref, parent, create_pr, appended, then)
    try:
        return _written(deed)
    except (IntegrityError, Repo.DoesNotExist) as error:
        if Repo.objects.filter(pk=repo.pk).exists():
            raise
        # Deleted meanwhile: the database let nothing in that would stand on no repo.
        raise Missing(_("Repository not found."), code="RepoNotFound") from error


def _written(deed: _Deed) -> Committed:
    try:
        return _write(deed, _planned(deed, _head(deed, lock=False)))
    except _HeadMoved:
        # The second attempt plans under the lock of the ref: nobody can come between again.
        return _write(deed, None)


def _head(deed: _Deed, *, lock: bool) -> Com | None:
    """Return the commit that the ref points at; None for a repo that gets its first commit."""
    refs = Ref.objects.filter(repo=deed.repo, name=deed.ref)
    # Locked without a join: PostgreSQL re-checks a join against the row as it was before the
    # wait, and would find no ref at all once somebody else has moved it.
    found = (refs.select_for_update() if lock else refs.select_related("target")).first()
    if found is not None:
        head = found.target
        if deed.parent is not None and not _stands_on(head, deed.parent.lower()):
            raise BranchMoved()
        return head
    if deed.ref == deed.repo.default_ref and not Ref.objects.filter(repo=deed.repo).exists():
        return None
    raise RevisionNotFound(f"Invalid rev id: {deed.ref[:200]}", rev=deed.ref)


def _stands_on(head: Com, parent: str) -> bool:
    """Whether `head` is the commit `parent` (a prefix), but for commits the portal appended."""
    while not head.oid.startswith(parent):
        links = CommitParent.objects.filter(com=head, n=0).select_related("parent")
        below = links.first() if head.appended else None
        if below is None:
            return False
        head = below.parent
    return True


def _planned(deed: _Deed, head: Com | None) -> tuple[Com | None, Plan]:
    planned = plan(deed.repo, deed.checked, head.tree if head else EMPTY_TREE)
    if planned.brought:
        quotas.check(quotas.charged_to(deed.repo, deed.author), planned.brought)
        store.check_space(planned.brought)
    for blob in planned.large:
        _store(deed, blob)
    crash_point("commit:planned")
    return head, planned


def _store(deed: _Deed, blob: Prepared) -> None:
    if not store.has(blob.sha256):
        store.receive(BytesIO(blob.content), expect_sha256=blob.sha256)


def _write(deed: _Deed, planned: tuple[Com | None, Plan] | None) -> Committed:
    if planned is not None and deed.then is None and (same := _unchanged(*planned)):
        return same
    with transaction.atomic():
        now = _head(deed, lock=not deed.create_pr)
        if planned is None:
            planned = _planned(deed, now)
        head, what = planned
        if (head and head.pk) != (now and now.pk):
            raise _HeadMoved()
        done = _unchanged(head, what) or _record(deed, head, what)
        if deed.then is not None:
            deed.then(done.oid)
        crash_point("commit:before-commit")
    crash_point("commit:committed")
    return done


def _unchanged(head: Com | None, what: Plan) -> Committed | None:
    if head is None or what.tree != head.tree:
        return None
    return Committed(head.oid, head.oid, None, changed=False)


def _record(deed: _Deed, head: Com | None, what: Plan) -> Committed:
    """Write objects, commit, ref and news; runs inside the transaction of `_write`."""
    when = db_now().replace(microsecond=0)
    made = _commit_object(deed, head, what.tree, when)
    insert_objects(deed.repo, [*what.rows, made], by=deed.author)
    crash_point("commit:objects-written")
    number = next_number(deed.repo) if deed.create_pr else None
    ref = f"refs/pr/{number}" if number else deed.ref
    com = _insert_commit(deed, head, what, made.oid, when)
    if ref == deed.repo.default_ref:
        join(com, what.changes)
    _claim(deed, what)
    crash_point("commit:before-ref")
    _move_ref(deed, ref, None if number else head, com)
    if ref == deed.repo.default_ref:
        _move_head(deed.repo, com, what)
    crash_point("commit:after-ref")
    if number:
        told = (deed.message.partition("\n")[0], deed.message.partition("\n\n")[2])
        proposed(deed.repo, number, by=deed.author, title=told[0], text=told[1], oid=com.oid)
    elif ref.startswith("refs/pr/"):
        committed(deed.repo, ref, by=deed.author, title=com.title, oid=com.oid)
    announce(deed.repo, com, ref, deed.author, what.facets)
    return Committed(com.oid, head.oid if head else None, number, changed=True)


def signature(author: Person, when: dt.datetime) -> Signature:
    """Return how a person stands in a commit: an id that says nothing, and can never change."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    mail = f"{author.opaque}@users.noreply.{host}"
    return Signature(author.opaque, mail, int(when.timestamp()))


def _commit_object(deed: _Deed, head: Com | None, tree: str, when: dt.datetime) -> Obj:
    by = signature(deed.author, when)
    content = encode_commit(
        tree=tree,
        parents=[head.oid] if head else [],
        author=by,
        committer=by,
        message=deed.message,
    )
    oid = object_id(COMMIT, content)
    return Obj(repo=deed.repo, oid=oid, type=COMMIT, size=len(content), data=deflate(content))


def insert_objects(repo: Repo, rows: list[Obj], *, by: Person) -> None:
    """Insert objects that the repo does not have; other content under a known id is refused.

    Runs in a transaction. Charging comes first: it holds the repo's row from here on, so that no
    sweep takes away what is found to be there.
    """
    quotas.charge(repo, by, _size(rows))
    known: dict[str, tuple[str, str]] = {}
    for batch in batched(row.oid for row in rows):
        found = Obj.objects.filter(repo=repo, oid__in=batch)
        known |= {oid: (sha, lfs) for oid, sha, lfs in found.values_list("oid", "sha256", "lfs")}
    for row in rows:
        if row.oid in known:
            _match(repo, row, *known[row.oid])
    fresh = [row for row in rows if row.oid not in known]
    Obj.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    if len(fresh) != len(rows):
        quotas.charge(repo, by, -_size(row for row in rows if row.oid in known))


def _size(rows: Iterable[Obj]) -> int:
    return sum(len(row.data) for row in rows if row.data is not None)


def _match(repo: Repo, row: Obj, sha256: str, lfs: str) -> None:
    """Refuse a SHA-1 collision; a text that reads like a pointer becomes one with its file."""
    if sha256 != row.sha256:
        raise Conflict(_("Another object of this repo has the same id."), code="ObjectCollision")
    if row.lfs and not lfs:
        Obj.objects.filter(repo=repo, oid=row.oid).update(lfs=row.lfs, lfs_size=row.lfs_size)


def _insert_commit(deed: _Deed, head: Com | None, what: Plan, oid: str, when: dt.datetime) -> Com:
    com, new = Com.objects.get_or_create(
        repo=deed.repo,
        oid=oid,
        defaults={
            "tree": what.tree,
            "gen": head.gen + 1 if head else 0,
            "when": when,
            "title": deed.message.splitlines()[0][:TITLE_LENGTH],
            "author": deed.author,
            "appended": deed.appended,
        },
    )
    if new:
        if head is not None:
            CommitParent.objects.create(com=com, parent=head)
        fresh = [ComObj(com=com, oid=oid) for oid in new_objects(what)]
        ComObj.objects.bulk_create(fresh, batch_size=BATCH)
    return com


def _claim(deed: _Deed, what: Plan) -> None:
    """Make the repo the owner of its large blobs, and keep LFS files from the sweep."""
    for blob in what.large:
        content = Content(blob.sha256, len(blob.content))
        charged = quotas.charged_to(deed.repo, deed.author)
        own(deed.repo, content, by=deed.author, charged=charged)
    if not link(deed.repo, [*what.lfs, *(blob.sha256 for blob in what.large)]):
        raise LfsMissing()  # swept since this commit was planned


def _move_ref(deed: _Deed, name: str, head: Com | None, com: Com) -> None:
    """Let the ref point at `com`, if it still points at `head`; None makes a new ref."""
    if head is None:
        Ref.objects.create(
            repo=deed.repo, name=name, target=com, created_by=deed.author, created_at=com.when
        )
    elif Ref.objects.filter(repo=deed.repo, name=name, target=head).update(target=com) != 1:
        raise _HeadMoved()


def _move_head(repo: Repo, com: Com, what: Plan) -> None:
    """Write what lists show of the default branch."""
    values: dict[str, Any] = {"head_oid": com.oid, "updated_at": com.when}
    if what.weights is not None:
        values["weights"] = what.weights
    for name, value in values.items():
        setattr(repo, name, value)
    Repo.objects.filter(pk=repo.pk).update(**values)
    note_results(repo, com)
