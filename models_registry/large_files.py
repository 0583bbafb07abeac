"""The large files of a repo: what it holds in all its revisions, and a name for each."""

from collections.abc import Sequence

from django.db.models import QuerySet

from models_registry.batches import batched
from models_registry.models import Obj, PathDelta, Repo, RepoBlob


def listed(repo: Repo) -> QuerySet[RepoBlob]:
    """Return the LFS files that commits of the repo named, the newest first."""
    pointers = Obj.objects.filter(repo=repo).exclude(lfs="")
    rows = RepoBlob.objects.filter(repo=repo, blob__in=pointers.values("lfs"))
    return rows.exclude(linked_at=None).select_related("blob").order_by("-pk")


def names(repo: Repo, hashes: Sequence[str]) -> dict[str, str]:
    """Return where the default branch had each of these files last, by sha256.

    One that only other branches had is left out.
    """
    found: dict[str, tuple[int, str]] = {}
    for batch in batched(hashes):
        rows = Obj.objects.filter(repo=repo, lfs__in=batch)
        files = dict(rows.values_list("oid", "lfs"))
        deltas = PathDelta.objects.filter(repo=repo, oid__in=list(files))
        for oid, gen, path in deltas.values_list("oid", "gen", "path"):
            found[files[oid]] = max(found.get(files[oid], (-1, "")), (gen, path))
    return {sha256: path for sha256, (_gen, path) in found.items()}
