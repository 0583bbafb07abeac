"""Commits that no ref reaches any more, and what only they brought: how they go away.

A commit is noted when a sweep first finds that nothing reaches it, and goes a day later if that is
still so. An object goes with the last commit that brought it, unless another one is kept as a delta
against it. A large file that no object of the repo stands for becomes a claim without a commit:
`storage.sweeping` gives it up a day after that, unless somebody commits it again.

What goes is looked for once more behind the lock of the repo's row. Whoever writes objects takes
that lock before looking which of them are there already (`insert_objects`), so an object is found
and kept, or found missing and written.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Length

from models_registry import quotas
from models_registry.batches import batched
from models_registry.models import (
    Com,
    CommitParent,
    ComObj,
    Obj,
    PathDelta,
    Ref,
    Repo,
    RepoBlob,
    Retained,
)
from models_registry.revisions.ancestry import History
from models_registry.storage.sweeping import Progress
from portal.clock import db_now

GRACE = dt.timedelta(hours=24)  # between a commit found unreachable and its end
COMMITS = 1000  # a transaction; nobody commits to the repo meanwhile


@dataclass
class Swept:
    """What was, or would be, done. `noted`: commits found unreachable for the first time.

    `bytes`: of `objects` as the database held them. `files`: large files that no object of their
    repo stands for any more.
    """

    noted: int = 0
    commits: int = 0
    objects: int = 0
    bytes: int = 0
    files: int = 0

    def add(self, garbage: "Garbage") -> None:
        self.commits += len(garbage.commits)
        self.objects += len(garbage.objects)
        self.bytes += sum(garbage.objects.values())
        self.files += len(garbage.files)


@dataclass
class Garbage:
    """What of a repo may go now: keys of commits, {object id: bytes in the database}, sha256."""

    commits: list[int] = field(default_factory=list)
    objects: dict[str, int] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    freed: dict[int | None, int] = field(default_factory=dict)  # {who brought them: bytes}


def sweep(*, dry_run: bool = False, tell: Progress = lambda done, total, phase: None) -> Swept:
    """Note what became unreachable, and remove what has been for a day.

    `tell` is called between repos and between transactions, and may raise.
    """
    now, swept = db_now(), Swept()
    repos = _suspects()
    for number, repo in enumerate(repos, start=1):
        tell(number, len(repos), "looking")
        swept.noted += _note(repo, now, dry_run)
        if dry_run:
            swept.add(_look(repo, now - GRACE, None))
            continue
        while (gone := _remove(repo, now - GRACE)) is not None:
            swept.add(gone)
            tell(number, len(repos), "removing")
    return swept


def _suspects() -> list[Repo]:
    """Return the repos with unreachable commits: the newest of those has no child and no ref."""
    loose = Com.objects.filter(
        ~Exists(CommitParent.objects.filter(parent=OuterRef("pk"))),
        ~Exists(Ref.objects.filter(target=OuterRef("pk"))),
        ~Exists(Retained.objects.filter(com=OuterRef("pk"))),
    )
    noted = Com.objects.exclude(unreached_since=None)
    keys = {key for rows in (loose, noted) for key in rows.values_list("repo", flat=True)}
    found = (Repo.objects.filter(pk__in=batch) for batch in batched(sorted(keys)))
    return [repo for batch in found for repo in batch]


def _roots(repo: Repo) -> set[str]:
    named = Ref.objects.filter(repo=repo).values_list("target__oid", flat=True)
    retained = Retained.objects.filter(com__repo=repo).values_list("com__oid", flat=True)
    return {*named, *retained}


def _note(repo: Repo, now: dt.datetime, dry_run: bool) -> int:
    """Write down since when commits are unreachable; one that is not any more is forgiven.

    A commit that is made while we look may be noted too. Nothing goes by the note alone.
    """
    roots = _roots(repo)  # before the commits: all that these reach is among those
    history = History(repo)
    reached = history.below(history.known(roots))
    noted = dict(Com.objects.filter(repo=repo).values_list("oid", "unreached_since"))
    new = [oid for oid, since in noted.items() if since is None and oid not in reached]
    if not dry_run:
        back = [oid for oid, since in noted.items() if since is not None and oid in reached]
        for oids, since in ((new, now), (back, None)):
            for batch in batched(oids):
                Com.objects.filter(repo=repo, oid__in=batch).update(unreached_since=since)
    return len(new)


def _look(repo: Repo, before: dt.datetime, limit: int | None) -> Garbage:
    """Return what may go of commits noted before `before`: of these `limit`, the newest first.

    So none is left without its parents, whatever comes between this and the next transaction.
    """
    roots = _roots(repo)
    history = History(repo)
    old = Com.objects.filter(repo=repo, unreached_since__lt=before).order_by("-gen", "-pk")
    noted = dict(old.values_list("oid", "author"))
    kept = history.below({*history.known(roots), *(history.keys.keys() - noted)})
    going = [oid for oid in noted if oid not in kept][:limit]
    if not going:
        return Garbage()
    garbage = Garbage(commits=[history.keys[oid] for oid in going])
    authors = {history.keys[oid]: noted[oid] for oid in going}
    brought = _brought(authors) | {oid: noted[oid] for oid in going}
    for batch in batched(_only_theirs(repo, set(authors), set(brought))):
        rows = Obj.objects.filter(repo=repo, oid__in=batch)
        for oid, size, *files in rows.values_list("oid", Length("data"), "lfs", "store_key"):
            garbage.objects[oid] = size or 0
            garbage.files.update(key for key in files if key)
            by = brought.get(oid)
            garbage.freed[by] = garbage.freed.get(by, 0) + (size or 0)
    garbage.files -= _needed(repo, garbage)
    return garbage


def _brought(authors: Mapping[int, int | None]) -> dict[str, int | None]:
    """Return {object id: author of the oldest of these commits that brought it}."""
    found: dict[str, int | None] = {}
    for batch in batched(authors):
        rows = ComObj.objects.filter(com__in=batch).order_by("-com")
        found |= {oid: authors[com] for com, oid in rows.values_list("com", "oid")}
    return found


def _only_theirs(repo: Repo, commits: set[int], objects: set[str]) -> set[str]:
    """Return those of these objects, and of what they are deltas of, that nothing else needs."""
    deltas = Obj.objects.filter(repo=repo, base__isnull=False).values_list("oid", "base")
    bases: dict[str, str] = {oid: str(base) for oid, base in deltas}
    theirs = set(objects)
    for oid in objects:
        while (below := bases.get(oid)) is not None and below not in theirs:
            theirs.add(below)
            oid = below
    rows = ComObj.objects.filter(com__repo=repo).values_list("com", "oid")
    theirs -= {oid for com, oid in rows.iterator() if com not in commits}
    waiting = [base for oid, base in bases.items() if oid not in theirs]
    while waiting:
        base = waiting.pop()
        if base in theirs:
            theirs.discard(base)
            waiting += [bases[base]] if base in bases else []
    return theirs


def _needed(repo: Repo, garbage: Garbage) -> set[str]:
    """Return those of the large files that another object of the repo stands for."""
    found: set[str] = set()
    for batch in batched(garbage.files):
        for name in ("lfs", "store_key"):
            rows = Obj.objects.filter(repo=repo, **{f"{name}__in": batch})
            left = rows.values_list(name, "oid")
            found |= {key for key, oid in left if oid not in garbage.objects}
    return found


def _remove(repo: Repo, before: dt.datetime) -> Garbage | None:
    """Remove some of what may go; None where nothing is left to remove."""
    try:
        with transaction.atomic():
            held = Repo.objects.select_for_update().filter(pk=repo.pk).first()
            garbage = _look(held, before, COMMITS) if held is not None else Garbage()
            if not garbage.commits:
                return None
            _delete(repo, garbage)
            quotas.release(repo, garbage.freed)
    except IntegrityError:  # named by somebody who did not write to the repo: another time
        return None
    return garbage


def _delete(repo: Repo, garbage: Garbage) -> None:
    for batch in batched(garbage.commits):
        for rows in (ComObj.objects, CommitParent.objects, PathDelta.objects):
            rows.filter(com__in=batch).delete()
        Com.objects.filter(pk__in=batch).delete()
    for oids in batched(garbage.objects):
        Obj.objects.filter(repo=repo, oid__in=oids).delete()
    _unlink(repo, garbage.files)


def _unlink(repo: Repo, files: Iterable[str]) -> None:
    """Leave the repo a claim to these files, as if they had been sent now and not yet committed."""
    for batch in batched(files):
        rows = RepoBlob.objects.filter(repo=repo, blob__in=batch, linked_at__isnull=False)
        rows.update(linked_at=None, pushed_at=db_now())
