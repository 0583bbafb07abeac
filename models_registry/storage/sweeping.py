"""Large content that nobody refers to: what it is, and how it goes away.

Only LFS files whose upload no commit followed, and what deleted repos leave behind. Each step asks
again under a lock: a commit that names a file at this very moment finds it, or is refused whole.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from models_registry.models import Blob, RepoBlob
from models_registry.storage import store
from portal.clock import db_now

Progress = Callable[[int, int, str], object]  # done, of all, doing what
GRACE = dt.timedelta(hours=24)  # between an upload and the commit that names it


@dataclass(frozen=True)
class Swept:
    """What was, or would be, given up. `bytes`: of `files`."""

    claims: int
    strays: int
    files: int
    bytes: int


def sweep(*, dry_run: bool = False, tell: Progress = lambda done, total, phase: None) -> Swept:
    """Give up claims that no commit followed for a day, then the bytes that nobody claims.

    `tell` is called between files, and may raise.
    """
    before = db_now() - GRACE
    stale = RepoBlob.objects.filter(linked_at=None, pushed_at__lt=before)
    if dry_run:
        left = RepoBlob.objects.filter(blob=OuterRef("pk")).exclude(pk__in=stale.values("pk"))
        sizes = list(_old(before).filter(~Exists(left)).values_list("size", flat=True))
        strays = sum(1 for _key in _strays(before))
        return Swept(stale.count(), strays, len(sizes), sum(sizes))
    claims = stale.delete()[0]  # one statement, which looks again at each row it had to wait for
    strays = sum(_adopt(key) for key in _strays(before))
    unclaimed = _old(before).filter(~Exists(RepoBlob.objects.filter(blob=OuterRef("pk"))))
    keys = list(unclaimed.values_list("pk", flat=True))
    sizes = []
    for number, key in enumerate(keys, start=1):
        tell(number, len(keys), "removing")
        if (size := _drop(key)) is not None:
            sizes.append(size)
    return Swept(claims, strays, len(sizes), sum(sizes))


def _old(before: dt.datetime) -> QuerySet[Blob]:
    return Blob.objects.filter(created_at__lt=before)


def _strays(before: dt.datetime) -> Iterator[str]:
    """Yield stored keys without a row, as a crash between file and row leaves them."""
    for key in store.keys():  # noqa: SIM118 - a store is no dict
        if store.changed_at(key) < before.timestamp() and not Blob.objects.filter(pk=key).exists():
            yield key


def _adopt(key: str) -> bool:
    """Give a stray a row; a day later it goes the way of all that nobody claims."""
    defaults = {"size": store.size(key), "created_at": db_now()}
    return Blob.objects.get_or_create(pk=key, defaults=defaults)[1]


def _drop(key: str) -> int | None:
    """Remove bytes that nobody claims, row and file under one lock; return their size.

    Whoever sends the same bytes meanwhile waits in `own` for this row, then finds no file and is
    asked to send them again.
    """
    with transaction.atomic():
        blob = Blob.objects.select_for_update().filter(pk=key).first()
        if blob is None or RepoBlob.objects.filter(blob=blob).exists():
            return None
        blob.delete()
        store.delete(key)
    return int(blob.size)
