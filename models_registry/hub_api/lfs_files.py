"""`…/lfs-files`: the large files of all revisions, for those who look after the room they take."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import large_files
from models_registry.formats.lfs import is_sha256
from models_registry.hub_api.answers import iso, json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import json_body
from models_registry.hub_api.loading import load
from models_registry.hub_api.paging import Rows, page_of
from models_registry.models import Repo, RepoBlob
from models_registry.revisions import rewriting
from portal.errors import Invalid
from portal.sentences import filled

AT_ONCE = 1000


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
    """Take large files out of all revisions, which thereby get other ids, and give up their bytes.

    Only together with the pointers to them: a revision whose files cannot be had is no revision.
    """
    repo = load(request, kind=kind, ns=ns, name=name, verb="settings")
    said = json_body(request).get("deletions")
    asked: dict[str, Any] = said if isinstance(said, dict) else {}
    hashes = asked.get("sha")
    if not isinstance(hashes, list) or len(hashes) > AT_ONCE:
        raise Invalid(
            filled(_("“deletions” must list at most %(limit)d files in “sha”."), {"limit": AT_ONCE})
        )
    if not all(isinstance(key, str) and is_sha256(key) for key in hashes):
        raise Invalid(_("Each file is named by its SHA-256: 64 lowercase hex digits."))
    if asked.get("rewriteHistory", True) is not True:
        raise Invalid(
            _(
                "Files are deleted together with what points to them: ask with “rewriteHistory”. "
                "All revisions that had them get other ids."
            )
        )
    commits = rewriting.remove_soon(repo, hashes, by=signed_in(request))
    return json_answer({"success": True, "rewrittenCommits": commits, "pending": commits is None})
