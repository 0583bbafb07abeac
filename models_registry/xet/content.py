"""From which repos a file can be fetched as Xet."""

from models_registry.models import Com, Repo, RepoBlob, XetFile
from models_registry.revisions.holding import holds


def readable(repo: Repo, file: XetFile, revision: Com | None) -> bool:
    """Whether this repo holds the file: in a revision that has an address, or, for who writes to
    it, already sent to it."""
    if revision is None:
        return RepoBlob.objects.filter(repo=repo, blob=file.blob_id).exists()
    return holds(repo, file.blob_id)
