"""The CAS endpoints, on the transfer side below `/xet`: load the grant, guard, act, answer.

Paths, bodies and statuses are those that hf_xet 1.8 uses. Most 4xx end a transfer at once, and of
all sentences only the message in a shard's last line is shown to the person.
"""

import json
import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils.translation import override

from models_registry.formats.xet import Malformed, hashes, plans, shards
from models_registry.hub_api.answers import content_url
from models_registry.models import XetFile
from models_registry.storage import xorb_store
from models_registry.transfer import nginx
from models_registry.transfer.files import Window
from models_registry.transfer.send import Body
from models_registry.xet import dedup, receiving, staging
from models_registry.xet.addresses import fetch_address, fetching
from models_registry.xet.content import readable
from models_registry.xet.grants import Grant, authorised, granted
from portal.errors import Missing, Refused

BLOCK = 2**20
RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})?")


def _grant(request: HttpRequest) -> Grant:
    return granted(request.META.get("HTTP_AUTHORIZATION", ""))


def _hash(text: str) -> bytes:
    """Return the hash of an address; one that is none names nothing."""
    try:
        return hashes.from_text(text)
    except Malformed:
        raise Missing() from None


def chunk(request: HttpRequest, name: str) -> HttpResponse:
    """`GET chunks`: who has this chunk already?"""
    grant = _grant(request)
    dedup.check_rate(grant)
    found = dedup.answer(grant, _hash(name))
    if found is None:
        raise Missing()
    return HttpResponse(found, content_type="application/octet-stream")


def xorb_grant(request: HttpRequest, name: str) -> HttpResponse:
    """`POST xorb-grants`: 200 for a xorb that is here, 201 for where to send it in the bucket;
    404 sends the client to `POST xorbs`."""
    grant = _grant(request)
    receiving.check_room(grant)
    xorb = _hash(name)
    if receiving.has_sent(grant, xorb) or dedup.is_known(grant, xorb):
        return JsonResponse({})
    if not settings.S3_BUCKET:
        raise Missing()
    return _offered(staging.offer(grant, xorb, staging.announced(request)))


def _offered(offer: staging.Offer | None) -> HttpResponse:
    if offer is None:
        raise Missing()
    told = {"id": offer.id, "method": "PUT", "url": offer.at.url, "headers": offer.at.headers}
    return JsonResponse(told, status=201)


def xorb_commit(request: HttpRequest, name: str, offered: str) -> HttpResponse:
    """`POST xorb-commits`: the xorb of an offer was sent; 404 where it was not."""
    grant = _grant(request)
    place = staging.place_of(grant, _hash(name), offered)
    try:
        new = receiving.receive_staged(grant, _hash(name), place)
    except FileNotFoundError:
        raise Missing() from None
    return JsonResponse({"was_inserted": new})


def xorb(request: HttpRequest, name: str) -> HttpResponse:
    """`POST xorbs`: the body is the xorb."""
    body = nginx.body_of(request) or Body(request)
    new = receiving.receive_xorb(_grant(request), _hash(name), body)
    return JsonResponse({"was_inserted": new})


def shard(request: HttpRequest) -> HttpResponse:
    """`POST v1/shards`: answered when all is checked."""
    grant = _grant(request)
    with xorb_store.received(Body(request), shards.MAX_BYTES) as path, path.open("rb") as file:
        for _progress in receiving.accept_shard(grant, _mapped(file)):
            pass
    return JsonResponse({"result": 1})


def streamed_shard(request: HttpRequest) -> HttpResponseBase:
    """`POST v2/shards`: lines of progress, then one with the result."""
    grant = _grant(request)
    grant.require_write()
    body = ExitStack()
    path = body.enter_context(xorb_store.received(Body(request), shards.MAX_BYTES))
    file = body.enter_context(path.open("rb"))
    lines = _lines(grant, _mapped(file), body)
    return StreamingHttpResponse(lines, content_type="application/x-ndjson")


def _mapped(file: Any) -> mmap.mmap | bytes:
    """Return the bytes of a file without reading them; an empty file cannot be mapped."""
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        return b""


def _lines(grant: Grant, raw: mmap.mmap | bytes, body: ExitStack) -> Iterator[str]:
    with body:
        try:
            for verified, total in receiving.accept_shard(grant, raw):
                yield _line(type="validating", verified=verified, total=total)
            yield _line(type="result", result=1)
        except Refused as refusal:
            with override(grant.require_write().language or "en"):
                said = str(refusal.message)
            yield _line(type="error", message=said, retryable=refusal.status >= 500)


def _line(**told: object) -> str:
    return json.dumps(told) + "\n"


def reconstruction(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """`GET reconstructions`: which ranges of which xorbs make (a range of) a file."""
    grant = _grant(request)
    grant.require_read()
    file = XetFile.objects.filter(hash=_hash(name)).first()
    if file is None or not readable(grant.repo, file, grant.revision):
        raise Missing()
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    start = int(asked[1]) if asked else 0
    stop = int(asked[2]) + 1 if asked and asked[2] else None
    terms, before = plans.cut(bytes(file.terms), start, stop)
    indexes = {term.xorb: xorb_store.index(term.xorb) for term in terms}
    try:
        plan = plans.plan(terms, indexes, start - before, stop and stop - before)
    except plans.OutOfRange:
        return HttpResponse(status=416)

    def address(xorb: bytes, fetch: plans.Fetch) -> str:
        elsewhere = xorb_store.address(xorb, fetch.first, fetch.last)
        return elsewhere or content_url(request, fetch_address(grant.claims, xorb, fetch))

    told = {"offset_into_first_range": plan.skip, "terms": [_term(term) for term in plan.terms]}
    written = _first_version if version == "1" else _second_version
    return JsonResponse(told | written(plan, address))


Address = Callable[[bytes, plans.Fetch], str]


def _term(term: shards.Term) -> dict[str, Any]:
    return {
        "hash": hashes.to_text(term.xorb),
        "unpacked_length": term.size,
        "range": {"start": term.start, "end": term.end},
    }


def _second_version(plan: plans.Plan, address: Address) -> dict[str, Any]:
    """One entry a range: each has an address that is for these bytes alone."""
    return {
        "xorbs": {
            hashes.to_text(xorb): [
                {
                    "url": address(xorb, fetch),
                    "ranges": [
                        {
                            "chunks": {"start": fetch.start, "end": fetch.end},
                            "bytes": {"start": fetch.first, "end": fetch.last},
                        }
                    ],
                }
                for fetch in fetches
            ]
            for xorb, fetches in plan.fetches.items()
        }
    }


def _first_version(plan: plans.Plan, address: Address) -> dict[str, Any]:
    return {
        "fetch_info": {
            hashes.to_text(xorb): [
                {
                    "range": {"start": fetch.start, "end": fetch.end},
                    "url": address(xorb, fetch),
                    "url_range": {"start": fetch.first, "end": fetch.last},
                }
                for fetch in fetches
            ]
            for xorb, fetches in plan.fetches.items()
        }
    }


def fetch(request: HttpRequest, signed: str) -> HttpResponseBase:
    """Give the bytes of a signed address; asks again for right, consent and standing."""
    wanted = fetching(signed)
    authorised(wanted.claims).require_read()
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked and (int(asked[1]), int(asked[2] or wanted.last)) != (wanted.first, wanted.last):
        return HttpResponse(status=416)
    path = xorb_store.path_of(wanted.xorb)
    if asked and path is not None and nginx.is_before_us(request):
        return nginx.sends(path)
    file = xorb_store.open(wanted.xorb, wanted.first, wanted.last + 1)
    length = wanted.last - wanted.first + 1
    response = FileResponse(Window(file, length), content_type="application/octet-stream")
    response.block_size = BLOCK
    response.status_code = 206 if asked else 200
    response["Content-Length"] = str(length)
    response["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/*"
    return response


def telemetry(request: HttpRequest) -> HttpResponse:
    """Clients report on every transfer to the origin's root; nothing of it is kept."""
    return HttpResponse()
