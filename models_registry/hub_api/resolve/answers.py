"""The answers of `resolve`: metadata headers, a redirect to the bytes, or a small file itself."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from models_registry import gate, revisions, storage
from models_registry.hub_api.answers import content_url
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.resolve.ranges import Unsatisfiable, wanted_range
from models_registry.models import Repo
from models_registry.revisions import Entry, Revision
from models_registry.transfer.files import shown_as

FOREVER = "public, max-age=31536000, immutable"
NOT_KEPT = "private, no-store"


def metadata(
    response: HttpResponseBase, revision: Revision, entry: Entry, *, lasting: bool
) -> HttpResponseBase:
    """Add what the client needs to know of a file before it has a byte of it.

    `lasting`: these bytes stand at this address for ever, and anybody may have them.

    The ETag is the sha256 of a large file and the git id of a regular one, so that clients that
    verify what they cached can.
    """
    etag = f'"{entry.etag}"'
    response["X-Repo-Commit"] = revision.oid
    response["X-Linked-Etag"] = etag
    response["X-Linked-Size"] = str(entry.size)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    kept = lasting and response.status_code in (200, 206, 304)
    response["Cache-Control"] = FOREVER if kept else NOT_KEPT
    return response


def not_modified(entry: Entry) -> HttpResponse:
    return HttpResponse(status=304)


def redirected(request: HubRequest, repo: Repo, revision: Revision, entry: Entry) -> HttpResponse:
    """Point to the bytes on the transfer side: an address for this person, for five minutes."""
    token = request.access_token
    signed = storage.content_address(
        request.person,
        repo,
        entry,
        revision=revision,
        token=token,
        now=token.asked_at if token else None,
        verb="read" if gate.is_ungated_file(entry.path, revision) else "download",
    )
    address = content_url(request, signed)
    response = HttpResponse(f"Found. Redirecting to {address}\n", content_type="text/plain")
    response.status_code = 302
    response["Location"] = address
    return response


def served(request: HubRequest, entry: Entry) -> HttpResponse:
    """Serve a small regular file, or the part of it that `Range` asks for; HEAD reads nothing.

    Members' bytes on the pages' origin: always a download, as plain text or as bytes, sandboxed.
    """
    try:
        part = wanted_range(request, entry.size, f'"{entry.etag}"')
    except Unsatisfiable:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{entry.size}"
        return response
    first, last = part or (0, entry.size - 1)
    filename = entry.path.rpartition("/")[2]
    content_type, _attachment = shown_as(filename)
    response = HttpResponse(content_type=content_type)
    if request.method == "GET":
        response.content = revisions.read(entry)[first : last + 1]
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{entry.size}"
    response["Content-Length"] = str(last - first + 1)
    disposition: Any = content_disposition_header(as_attachment=True, filename=filename)
    response["Content-Disposition"] = disposition
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
