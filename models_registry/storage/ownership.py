"""Which repo owns which bytes. Knowing a hash is never a claim to what stands behind it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from models_registry.batches import batched
from models_registry.models import Blob, Repo, RepoBlob
from models_registry.storage import is_here
from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content
from models_registry.storage.refusals import CutShort
from portal.clock import db_now
from portal.people.models import Namespace, Person


def own(
    repo: Repo, content: Content, *, by: Person | None, charged: Namespace, in_chunks: bool = False
) -> RepoBlob:
    """Record that bytes which are in the store already were sent to `repo`; safe to repeat.

    `in_chunks`: they are there as a Xet file, which the caller sees to.
    """
    now = db_now()
    with transaction.atomic():
        if not _held(content) or (not in_chunks and not is_here(content.sha256)):
            raise CutShort()
        owned, _new = RepoBlob.objects.get_or_create(
            repo=repo,
            blob_id=content.sha256,
            defaults={"charged": charged, "pushed_by": by, "pushed_at": now},
        )
    crash_point("content:row-written")
    return owned


def _held(content: Content) -> bool:
    """Have the row of these bytes, held until the transaction ends.

    The sweep holds it while it removes the file: either it comes later and finds the owner, or it
    came first, and the bytes have to be sent again unless somebody else has just done so.
    """
    for _again in range(3):  # a row that was found may go before it is held
        facts = {"size": content.size, "created_at": db_now()}
        Blob.objects.get_or_create(sha256=content.sha256, defaults=facts)
        if Blob.objects.select_for_update().filter(pk=content.sha256).first() is not None:
            return True
    return False


def pass_on(
    source: Repo, target: Repo, hashes: Iterable[str], *, by: Person, charged: Namespace
) -> set[str]:
    """Let `target` own, of these, what `source` owns; return those. Rights are asked before.

    Runs in a transaction: the blobs' rows are locked, so that no sweep takes the bytes away.
    """
    passed: set[str] = set()
    now = db_now()
    for batch in batched(sorted(set(hashes))):
        list(Blob.objects.select_for_update().filter(pk__in=batch).order_by("pk"))
        there = RepoBlob.objects.filter(repo=source, blob__in=batch).values_list("blob", flat=True)
        RepoBlob.objects.bulk_create(
            (
                RepoBlob(repo=target, blob_id=key, charged=charged, pushed_by=by, pushed_at=now)
                for key in there
            ),
            ignore_conflicts=True,
        )
        keep(target, there)
        passed.update(there)
    return passed


def keep(repo: Repo, hashes: Iterable[str]) -> None:
    """Give a commit that is being prepared with bytes sent earlier its full day again."""
    for batch in batched(hashes):
        waiting = RepoBlob.objects.filter(repo=repo, blob__in=batch, linked_at=None)
        waiting.update(pushed_at=db_now())


def link(repo: Repo, hashes: Iterable[str]) -> bool:
    """Note in a commit's transaction that it refers to these; False if the repo owns not all."""
    now = db_now()
    for batch in batched(set(hashes)):
        rows = RepoBlob.objects.filter(repo=repo, blob__in=batch)
        if rows.update(linked_at=Coalesce("linked_at", Value(now))) != len(batch):
            return False
    return True


def owned(repo: Repo, hashes: Iterable[str]) -> dict[str, int]:
    """Return {sha256: size in bytes} of those of `hashes` that `repo` owns."""
    sizes: dict[str, int] = {}
    for batch in batched(dict.fromkeys(hashes)):
        rows = RepoBlob.objects.filter(repo=repo, blob_id__in=batch)
        sizes |= dict(rows.values_list("blob_id", "blob__size"))
    return sizes
