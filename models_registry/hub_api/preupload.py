"""`preupload`: which files travel as LFS, and what stands at their paths already."""

import base64
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import revisions, uploads
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import json_body, text_field
from models_registry.hub_api.commit.ndjson import is_size
from models_registry.hub_api.loading import load_to_push, revision_of
from portal.errors import Invalid
from portal.sentences import filled

FILES_AT_MOST = 1000
SAMPLE_AT_MOST = 4096


def preupload(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    """Answer the upload mode of each file. A pull request needs no right to write."""
    repo = load_to_push(request, kind=kind, ns=ns, name=name, rev=rev)
    revision = revision_of(repo, rev)
    body = json_body(request)
    files = files_in(body)
    rules = uploads.rules(revision, git_ignore=text_field(body, "gitIgnore", required=False))
    standing = {entry.path: entry for entry in revisions.entries(revision, [f[0] for f in files])}
    told = []
    for path, size, sample in files:
        entry = standing.get(path)
        told.append(
            {
                "path": path,
                "uploadMode": rules.mode(path, size, sample),
                "shouldIgnore": rules.ignores(path),
                "oid": entry.etag if entry is not None and entry.is_file else None,
            }
        )
    return json_answer({"files": told, "commitOid": revision.oid})


def files_in(body: dict[str, Any]) -> list[tuple[str, int, bytes]]:
    """Return (path, size in bytes, first bytes) of each announced file."""
    files = body.get("files")
    if not isinstance(files, list) or len(files) > FILES_AT_MOST:
        raise Invalid(
            filled(_("“files” must list at most %(limit)d files."), {"limit": FILES_AT_MOST})
        )
    return [announced(file) for file in files]


def announced(file: Any) -> tuple[str, int, bytes]:
    if not isinstance(file, dict) or not is_size(file.get("size", 0)):
        raise Invalid(_("Each file has a “path” and a “size” in bytes."))
    sample = text_field(file, "sample", required=False, limit=SAMPLE_AT_MOST)
    try:
        decoded = base64.b64decode(sample, validate=True)
    except ValueError as error:
        raise Invalid(_("“sample” is not base64.")) from error
    return text_field(file, "path", limit=4096), file.get("size", 0), decoded
