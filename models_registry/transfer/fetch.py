"""GET and HEAD of members' bytes under a signed address.

The address says who asked for what; right, gate and standing are asked again, of the person as
they are now, before a byte or a 304 goes out.
"""

from io import BytesIO
from typing import BinaryIO
from urllib.parse import unquote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from models_registry import downloads, gate, storage
from models_registry.hub_api.resolve.ranges import Unsatisfiable, wanted_range
from models_registry.models import Com, Obj, Repo, RepoBlob
from models_registry.revisions import addressable, objects
from models_registry.storage.addresses import BadAddress, Fetching, fetching
from models_registry.transfer.files import Window, shown_as
from models_registry.transfer.handing_over import handed_over
from portal.access import Actor, require
from portal.clock import db_now
from portal.people.models import Person
from portal.tokens.models import AccessToken

BLOCK = 2**20


@require_safe
def content(request: HttpRequest, signed: str, name: str) -> HttpResponseBase:
    """Answer with the bytes, or the part of them that `Range` names."""
    address = fetching(signed)
    repo = authorised(address)
    size, file = opened(address, repo)
    try:
        response = _answer(request, address, unquote(name), file, size)
    except BaseException:
        file.close()
        raise
    _describe(response, address, unquote(name))
    _name_revision(response, address, size)
    if is_first_read(request, response):
        reader = downloads.reader_key(address.person, request.META.get("REMOTE_ADDR", ""))
        downloads.count(repo.pk, address.key, reader)
    return response


def is_first_read(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a whole file goes out, from here or from the bucket: that counts as a download."""
    whole = response.status_code in (200, 302) and "Range" not in request.headers
    return request.method == "GET" and whole


def authorised(address: Fetching) -> Repo:
    """Return the repo if the person of the address may have this now; raises the refusal."""
    actor = _actor(address)
    repo = Repo.objects.select_related("namespace").filter(pk=address.repo).first()
    if repo is None:
        raise BadAddress()
    require(actor, address.verb, repo)
    if address.verb != "read":
        gate.check(actor, repo)
    if address.commit:
        com = Com.objects.filter(repo=repo, oid=address.commit).first()
        if com is None or not addressable(com):
            raise BadAddress()
    return repo


def _actor(address: Fetching) -> Actor:
    if address.person is None:
        return Actor()
    person = Person.objects.filter(pk=address.person).first()
    if person is None:
        raise BadAddress()
    if address.token is None:
        return Actor(person)
    token = AccessToken.objects.filter(pk=address.token, person=person).first()
    if token is None or not token.is_live(db_now()):
        raise BadAddress()
    return Actor(person, token)


def opened(address: Fetching, repo: Repo) -> tuple[int, BinaryIO]:
    """Return (size in bytes, open file); the repo must own the object still."""
    if not address.is_stored:
        row = Obj.objects.filter(repo=repo, oid=address.key).values_list("size", flat=True).first()
        if row is None:
            raise BadAddress()
        return row, BytesIO(objects.read_small(repo.pk, address.key))
    size = (
        RepoBlob.objects.filter(repo=repo, blob=address.key)
        .values_list("blob__size", flat=True)
        .first()
    )
    if size is None:
        raise BadAddress()
    return size, storage.opened(address.key)


def _answer(
    request: HttpRequest, address: Fetching, name: str, file: BinaryIO, size: int
) -> HttpResponseBase:
    etag = f'"{address.etag}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in (tag.removeprefix("W/") for tag in known):
        file.close()
        return HttpResponse(status=304)
    try:
        part = wanted_range(request, size, etag)
    except Unsatisfiable:
        file.close()
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    first, last = part or (0, size - 1)
    if address.first is not None and (address.first, address.last) != (first, last):
        raise BadAddress()
    elsewhere = handed_over(request, address, name, file, whole=part is None)
    if elsewhere is not None:
        file.close()
        return elsewhere
    response = _bytes(request, file, first, last - first + 1)  # type: ignore[assignment]
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _bytes(request: HttpRequest, file: BinaryIO, first: int, length: int) -> HttpResponseBase:
    if request.method == "HEAD" or length == 0:
        file.close()
        response: HttpResponseBase = HttpResponse()
    else:
        file.seek(first)
        if isinstance(file, BytesIO):
            response = HttpResponse(file.read(length))
        else:
            response = FileResponse(Window(file, length))
            response.block_size = BLOCK
    response["Content-Length"] = str(length)
    return response


def _name_revision(response: HttpResponseBase, address: Fetching, size: int) -> None:
    """Repeat what `resolve` told: some clients (1.33) follow it here before they read metadata."""
    if address.commit:
        response["X-Repo-Commit"] = address.commit
        response["X-Linked-Etag"] = f'"{address.etag}"'
        response["X-Linked-Size"] = str(size)


def _describe(response: HttpResponseBase, address: Fetching, name: str) -> None:
    content_type, attachment = shown_as(name)
    response["ETag"] = f'"{address.etag}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["Content-Type"] = content_type
    disposition = content_disposition_header(attachment, name)
    if disposition:
        response["Content-Disposition"] = disposition
