"""Which repo owns which bytes. Knowing a hash is never a claim to what stands behind it."""

from collections.abc import Iterable

from django.db import transaction

from models_registry.models import Blob, Repo, RepoBlob
from models_registry.storage.crash import crash_point
from models_registry.storage.interface import Content
from portal.clock import db_now
from portal.people.models import Namespace, Person

BATCH = 500


def own(repo: Repo, content: Content, *, by: Person | None, charged: Namespace) -> RepoBlob:
    """Record that bytes which are in the store already were sent to `repo`; safe to repeat."""
    now = db_now()
    with transaction.atomic():
        Blob.objects.get_or_create(
            sha256=content.sha256, defaults={"size": content.size, "created_at": now}
        )
        owned, _new = RepoBlob.objects.get_or_create(
            repo=repo,
            blob_id=content.sha256,
            defaults={"charged": charged, "pushed_by": by, "pushed_at": now},
        )
    crash_point("content:row-written")
    return owned


def owned(repo: Repo, hashes: Iterable[str]) -> dict[str, int]:
    """Return {sha256: size in bytes} of those of `hashes` that `repo` owns."""
    wanted = list(dict.fromkeys(hashes))
    sizes: dict[str, int] = {}
    for start in range(0, len(wanted), BATCH):
        sizes |= dict(
            RepoBlob.objects.filter(
                repo=repo, blob_id__in=wanted[start : start + BATCH]
            ).values_list("blob_id", "blob__size")
        )
    return sizes
