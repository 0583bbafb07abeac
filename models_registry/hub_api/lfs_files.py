"""`…/lfs-files`: the large files of all revisions, for those who look after the room they take."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import large_files
from models_registry.hub_api.answers import iso
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import NotImplementedHere
from models_registry.hub_api.loading import load
from models_registry.hub_api.paging import Rows, page_of
from models_registry.models import Repo, RepoBlob


def listed(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="write")
    return page_of(request, large_files.listed(repo), lambda page: described(repo, page))


def described(repo: Repo, page: list[RepoBlob]) -> Rows:
    """Return the rows of a page; a file that the default branch never had goes by its hash."""
    known = large_files.names(repo, [row.blob_id for row in page])
    return [
        {
            "fileOid": row.blob_id,
            "filename": known.get(row.blob_id, row.blob_id),
            "oid": row.blob_id,
            "pushedAt": iso(row.pushed_at),
            "ref": repo.default_ref if row.blob_id in known else None,
            "size": row.blob.size,
        }
        for row in page
    ]


def delete(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Files are not taken out of revisions: what was evaluated stays as it was."""
    load(request, kind=kind, ns=ns, name=name, verb="write")
    raise NotImplementedHere(
        _(
            "Large files cannot be taken out of the history here, since evaluated revisions must "
            "stay as they were. Delete them from the branch with a new commit."
        )
    )
