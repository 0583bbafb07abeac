"""PUT of large files and their parts, streamed to disk while they are hashed; nothing in memory."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry.models import Upload
from models_registry.storage import Content, Readable, addresses
from models_registry.storage.refusals import NotAsAnnounced
from models_registry.storage.spool import CHUNK
from models_registry.uploads import sessions
from portal.access import Actor, decide, require
from portal.errors import Invalid

LONGEST_COMPLETION = 4 * 2**20  # bytes of JSON


class Body:
    """The body of a request as it comes in, also where no length was announced (chunked)."""

    def __init__(self, request: HttpRequest):
        chunked = request.META.get("wsgi.input_terminated") and not request.META.get(
            "CONTENT_LENGTH"
        )
        stream = request.META["wsgi.input"]
        _read_no_further(stream)
        self._read: Any = stream.read if chunked else request.read

    def read(self, size: int = -1, /) -> bytes:
        return bytes(self._read(size))


def _read_no_further(stream: Any) -> None:
    """Let gunicorn take from the socket what is asked for and no more.

    It reads up to 1 MiB ahead and copies what is left over on every turn: 1.7 CPU s/GB against
    0.3 where the two sizes agree (`benchmarks/transfers.py`).
    """
    unreader: Any = getattr(getattr(stream, "reader", None), "unreader", None)
    if hasattr(unreader, "max_body_chunk"):
        unreader.max_body_chunk = CHUNK


def upload(request: HttpRequest, signed: str) -> HttpResponse:
    """Take a file, a part, or the completion of a file in parts."""
    sending = addresses.sent_to(signed)
    batch = sessions.live(sending)
    _authorised(batch)
    if request.method == "POST" and sending.part == 0:
        sessions.assemble(batch, sending.content, _etags(request, sending.content))
        return HttpResponse("{}", content_type="application/vnd.git-lfs+json")
    if request.method != "PUT" or sending.part == 0:
        return HttpResponse(status=405, headers={"Allow": "PUT, POST"})
    if sending.part is not None:
        return _etag(sessions.receive_part(batch, sending.content, sending.part, Body(request)))
    return _etag(_whole(request, batch, sending.content).sha256)


def _whole(request: HttpRequest, batch: Upload, announced: Content) -> Content:
    length = request.META.get("CONTENT_LENGTH")
    if length and int(length) != announced.size:
        raise NotAsAnnounced()
    body: Readable = Body(request)
    return sessions.receive(batch, announced, body)


def _authorised(batch: Upload) -> None:
    """Refuse unless the person may still send to this repo, for a commit or for a proposal."""
    actor = Actor(batch.person)
    if not decide(actor, "write", batch.repo):
        require(actor, "propose", batch.repo)


def _etag(sha256: str) -> HttpResponse:
    return HttpResponse(headers={"ETag": f'"{sha256}"'})


def _etags(request: HttpRequest, announced: Content) -> dict[int, str]:
    """Return {part number: ETag} of a completion; refuses a body that is none."""
    wrong = Invalid(_("Send {“oid”, “parts”: [{“partNumber”, “etag”}]} as JSON."))
    body = request.read(LONGEST_COMPLETION + 1)
    if len(body) > LONGEST_COMPLETION:
        raise wrong
    try:
        said = json.loads(body)
        if said["oid"] != announced.sha256:
            raise wrong
        return {int(part["partNumber"]): str(part["etag"]) for part in said["parts"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise wrong from None
