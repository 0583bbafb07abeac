"""Branches, tags and pull-request refs: names that point at commits."""

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from models_registry.models import Com, Discussion, Ref, Repo, Retained
from models_registry.revisions.reading import FULL_OID, addressable, resolve
from models_registry.revisions.refusals import (
    BadRefName,
    ProtectedRef,
    RefExists,
    RevisionNotFound,
)
from portal import events
from portal.clock import db_now
from portal.people.models import Person

LONGEST = 200
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def check_name(name: str) -> str:
    """Return a branch's or tag's short name, or raise `BadRefName` (git's `check-ref-format`)."""
    parts = name.split("/")
    if (
        not name
        or len(name.encode(errors="replace")) > LONGEST
        or _FORBIDDEN.search(name)
        or any(not p or p[0] in ".-" or p.endswith((".", ".lock")) for p in parts)
        or name in ("@", "HEAD")
        or not name.isprintable()
    ):
        raise BadRefName()
    if FULL_OID.fullmatch(name.lower()) or parts[0] == "refs":
        raise BadRefName(_("A branch or tag cannot be named like a commit or like “refs/…”."))
    return name


def branches(repo: Repo) -> list[Ref]:
    """Return the branches with their commits, by name."""
    return _listed(repo, "refs/heads/")


def tags(repo: Repo) -> list[Ref]:
    return _listed(repo, "refs/tags/")


def pull_requests(repo: Repo) -> list[Ref]:
    return _listed(repo, "refs/pr/")


def _listed(repo: Repo, prefix: str) -> list[Ref]:
    found = Ref.objects.filter(repo=repo, name__startswith=prefix)
    return list(found.select_related("target").order_by("name"))


def short(name: str) -> str:
    """Return `main` for `refs/heads/main`; other names than branches and tags stay whole."""
    return name.removeprefix("refs/heads/").removeprefix("refs/tags/")


def full_branch(name: str) -> str:
    """Return the ref that a branch endpoint means: short names, `refs/heads/…` and `refs/pr/N`."""
    return name if name.startswith(("refs/heads/", "refs/pr/")) else f"refs/heads/{name}"


def verb_to_push(repo: Repo, name: str, person: Person | None) -> str:
    """Return the right that a commit on this ref needs: `propose` on one's own pull request."""
    if person is not None and name.startswith("refs/pr/"):
        own = Ref.objects.filter(repo=repo, name=name, created_by=person)
        ended = Discussion.objects.filter(repo=repo, state__in=["closed", "merged"])
        number = name.removeprefix("refs/pr/")
        if own.exists() and not (number.isdigit() and ended.filter(number=number).exists()):
            return "propose"
    return "write"


def create_branch(
    repo: Repo, name: str, *, by: Person, start: str | None = None, exist_ok: bool = False
) -> Ref:
    """Make a branch at `start` (the default branch's head); raises `RefExists`."""
    com = _commit(repo, start)
    short_name = check_name(name.removeprefix("refs/heads/"))
    return _create(repo, f"refs/heads/{short_name}", com, by=by, exist_ok=exist_ok)


def create_tag(
    repo: Repo, name: str, *, by: Person, revision: str | None = None, message: str = ""
) -> Ref:
    """Make a tag at `revision`; a missing revision is told before a bad name."""
    com = _commit(repo, revision)
    check_name(name)
    return _create(repo, f"refs/tags/{name}", com, by=by, message=message[:10_000])


def _commit(repo: Repo, revision: str | None) -> Com:
    return Com.objects.get(pk=resolve(repo, revision).com_id)


def _create(
    repo: Repo, name: str, com: Com, *, by: Person, message: str = "", exist_ok: bool = False
) -> Ref:
    try:
        with transaction.atomic():
            Repo.objects.select_for_update().get(pk=repo.pk)
            _stands_free(repo, name)
            if not addressable(com):  # its branch went while we waited
                raise RevisionNotFound(f"Invalid rev id: {com.oid}", rev=com.oid)
            ref = Ref.objects.create(
                repo=repo,
                name=name,
                target=com,
                message=message,
                created_by=by,
                created_at=db_now(),
            )
            _record("created", repo, ref, by, com.oid)
    except IntegrityError:
        if exist_ok:
            return Ref.objects.select_related("target").get(repo=repo, name=name)
        raise RefExists(_("Reference %(name)s already exists") % {"name": name}) from None
    return ref


def _stands_free(repo: Repo, name: str) -> None:
    """Refuse `a/b` beside `a`: git keeps refs in folders and could not hold both."""
    parts = name.split("/")
    above = ["/".join(parts[:depth]) for depth in range(3, len(parts))]
    below = Ref.objects.filter(repo=repo, name__startswith=name + "/")
    taken = Ref.objects.filter(repo=repo, name__in=above).first() or below.first()
    if taken is not None:
        raise RefExists(
            _("“%(name)s” cannot stand beside “%(other)s”: one would be the other's folder.")
            % {"name": name, "other": taken.name}
        )


def delete_branch(repo: Repo, name: str, *, by: Person) -> None:
    """Delete a branch; its commits lose their address unless something else reaches them."""
    full = full_branch(name)
    if full == repo.default_ref:
        raise ProtectedRef(_("The default branch of a repo cannot be deleted."))
    _delete(repo, full, by)


def delete_tag(repo: Repo, name: str, *, by: Person) -> None:
    _delete(repo, f"refs/tags/{name.removeprefix('refs/tags/')}", by)


def _delete(repo: Repo, name: str, by: Person) -> None:
    with transaction.atomic():
        ref = Ref.objects.select_for_update().filter(repo=repo, name=name).first()
        if ref is None:
            raise RevisionNotFound(f"Invalid rev id: {name[:200]}", rev=name)
        _record("deleted", repo, ref, by, ref.target.oid)
        ref.delete()


def _record(what: str, repo: Repo, ref: Ref, by: Person, oid: str) -> None:
    events.record(
        f"registry:ref:{what}",
        actor=by,
        subject=f"repo:{repo.pk}",
        body={"commit": oid},
        details={"ref": ref.name},
    )


def retain(repo: Repo, oid: str, reason: str) -> None:
    """Keep a commit addressable whatever happens to its branch, in the deed's transaction."""
    com = Com.objects.get(repo=repo, oid=oid)
    Retained.objects.get_or_create(com=com, reason=reason[:120], defaults={"since": db_now()})
