"""From which repos a file can be fetched as Xet."""

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
