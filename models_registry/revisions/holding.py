"""Which large files stand in a revision of a repo that has an address.

That a repo once received a file says nothing: what stood on a deleted branch only is gone.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from models_registry.batches import batched
from models_registry.models import Com, ComObj, Obj, Repo
from models_registry.revisions.reading import addressable
from portal.prepared import Prepared

COMMITS_AT_MOST = 1000  # of one file that the default branch never had


def _on_the_default_branch(repo: int, sha256: str) -> QuerySet[Obj]:
    commits = ComObj.objects.filter(com__repo=repo, com__on_default=True, oid=OuterRef("oid"))
    return Obj.objects.filter(Exists(commits), repo=repo, lfs=sha256).only("oid")[:1]


_ON_DEFAULT = Prepared(_on_the_default_branch, repo=int, sha256=str)


def holds(repo: Repo, sha256: str) -> bool:
    """Whether an addressable revision of `repo` has this file; quick where that is a usual one."""
    usual = _ON_DEFAULT.first(repo=repo.pk, sha256=sha256)
    return usual is not None or bool(held(repo, [sha256]))


def held(repo: Repo, hashes: Iterable[str]) -> set[str]:
    """Return those of these sha256 that an addressable revision of `repo` has as a file."""
    found: set[str] = set()
    for batch in batched(dict.fromkeys(hashes)):
        rows = Obj.objects.filter(repo=repo, lfs__in=batch).values_list("lfs", "oid")
        pointers = list(rows)
        there = _on_default(repo, [oid for _sha256, oid in pointers])
        found |= {sha256 for sha256, oid in pointers if oid in there}
        for sha256, oid in pointers:
            if sha256 not in found and _elsewhere(repo, oid):
                found.add(sha256)
    return found


def _on_default(repo: Repo, oids: list[str]) -> set[str]:
    there: set[str] = set()
    for batch in batched(oids):
        rows = ComObj.objects.filter(oid__in=batch, com__repo=repo, com__on_default=True)
        there |= set(rows.values_list("oid", flat=True).distinct())
    return there


def _elsewhere(repo: Repo, oid: str) -> bool:
    coms = Com.objects.filter(repo=repo, pk__in=ComObj.objects.filter(oid=oid).values("com"))
    return any(addressable(com) for com in coms[:COMMITS_AT_MOST])
