"""The addresses git asks: load the repo's content, read the request, answer as a stream.

A refusal is a sentence in plain text, which git shows behind `remote:`.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry.formats.git_objects import Malformed
from models_registry.git_http import answering
from models_registry.git_http.asking import Wanted, command_in, fetch_in, upload_request_in
from models_registry.git_http.selection import checked
from models_registry.git_http.slots import Slots
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import read_body
from models_registry.hub_api.errors import answer
from models_registry.hub_api.limits import who
from models_registry.hub_api.loading import load, load_content
from models_registry.models import Repo
from portal.errors import Forbidden, Invalid, Refused, TooLarge, TooMany

LONGEST_REQUEST = 2 * 2**20
slots = Slots(together=4, each=2)  # packs of one process; its other threads are for pages

View = Callable[..., HttpResponseBase]


def speaks_git(view: View) -> View:
    """Answer refusals in the plain text that git prints; nothing may be kept."""

    @wraps(view)
    def wrapped(request: HubRequest, **where: Any) -> HttpResponseBase:
        try:
            response = view(request, **where)
        except Malformed as fault:
            response = _told(request, Invalid(str(fault)))
        except Refused as refusal:
            response = _told(request, refusal)
        response["Cache-Control"] = "private, no-store"
        return response

    return wrapped


def _told(request: HubRequest, refusal: Refused) -> HttpResponse:
    response = answer(request, refusal)
    response.content = f"{refusal.message}\n".encode()
    response["Content-Type"] = "text/plain; charset=utf-8"
    return response


@speaks_git
def info_refs(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponseBase:
    """Say what can be fetched; a push is refused here, before anything was packed."""
    load(request, kind=kind, ns=ns, name=name)
    service = request.GET.get("service", "")
    if service == "git-receive-pack":
        raise Forbidden(answering.push_sentence())
    if service != "git-upload-pack":
        raise Forbidden(_("Only git's smart protocol is spoken here. Use a newer git."))
    repo = load_content(request, kind=kind, ns=ns, name=name)
    lines = answering.capabilities() if _is_second(request) else answering.advertised(repo)
    return HttpResponse(b"".join(lines), content_type="application/x-git-upload-pack-advertisement")


@speaks_git
def upload_pack(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponseBase:
    repo = load_content(request, kind=kind, ns=ns, name=name)
    body = _body(request)
    if not _is_second(request):
        return _streamed(request, repo, upload_request_in(body), answering.uploaded)
    command = command_in(body)
    if command.name == "ls-refs":
        listed = b"".join(answering.listed(repo, command.arguments))
        return HttpResponse(listed, content_type="application/x-git-upload-pack-result")
    if command.name != "fetch":
        raise Malformed("the command is ls-refs or fetch")
    return _streamed(request, repo, fetch_in(command.arguments), answering.fetched)


@speaks_git
def receive_pack(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponseBase:
    load(request, kind=kind, ns=ns, name=name)
    raise Forbidden(answering.push_sentence())


def _is_second(request: HubRequest) -> bool:
    return "version=2" in request.headers.get("Git-Protocol", "").split(":")


def _body(request: HubRequest) -> bytes:
    """Return the request, inflated where git compressed it; never more than the limit."""
    raw = read_body(request, LONGEST_REQUEST)
    if request.headers.get("Content-Encoding") not in ("gzip", "x-gzip"):
        return raw
    stream = zlib.decompressobj(wbits=31)
    try:
        body = stream.decompress(raw, LONGEST_REQUEST + 1)
    except zlib.error:
        raise Malformed("the request is not gzip") from None
    if len(body) > LONGEST_REQUEST:
        raise TooLarge()
    return body


def _streamed(
    request: HubRequest,
    repo: Repo,
    asked: Wanted,
    answered: Callable[[Repo, Wanted], Iterator[bytes]],
) -> StreamingHttpResponse:
    checked(repo, asked.wants)
    pieces = slots.held(who(request), answered(repo, asked))
    if pieces is None:
        raise TooMany(_("Too many clones are running. Try again soon."), retry_after=10)
    return StreamingHttpResponse(pieces, content_type="application/x-git-upload-pack-result")
