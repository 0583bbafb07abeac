"""Which files can be fetched as Xet, and from which repos."""

from collections.abc import Iterable

from models_registry.formats.xet.hashes import to_text
from models_registry.models import Com, ComObj, Obj, Repo, RepoBlob, XetFile
from models_registry.revisions import addressable


def readable(repo: Repo, file: XetFile, revision: Com | None) -> bool:
    """Whether this repo holds the file: in a revision that has an address, or, for who writes to
    it, already sent to it."""
    if revision is None:
        return RepoBlob.objects.filter(repo=repo, blob=file.blob_id).exists()
    oids = list(Obj.objects.filter(repo=repo, lfs=file.blob_id).values_list("oid", flat=True))
    coms = Com.objects.filter(pk__in=ComObj.objects.filter(oid__in=oids).values("com"), repo=repo)
    return any(addressable(com) for com in coms.order_by("-on_default")[:1000])


_HASHES: dict[str, str] = {}
_HASHES_KEPT = 20_000


def xet_hashes(digests: Iterable[str]) -> dict[str, str]:
    """Return {sha256: Xet hash as text} of those files that can be fetched as Xet.

    Kept in memory: a blob that has such a hash has it for as long as it is there.
    """
    wanted = set(digests)
    missing = list(wanted - _HASHES.keys())
    for start in range(0, len(missing), 500):
        rows = XetFile.objects.filter(blob__in=missing[start : start + 500]).order_by("-created_at")
        if len(_HASHES) > _HASHES_KEPT:
            _HASHES.clear()
        _HASHES.update((sha256, to_text(name)) for sha256, name in rows.values_list("blob", "hash"))
    return {sha256: _HASHES[sha256] for sha256 in wanted if sha256 in _HASHES}
