"""`POST …/info/lfs/objects/batch` and `verify` (git-lfs `docs/api/batch.md`, and the Hub's parts).

The addresses in the answer are signed, and on the transfer side or in the bucket; no credential is
sent there.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import uploads
from models_registry.hub_api.answers import base_url, content_url, json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import json_body
from models_registry.hub_api.loading import load, load_content
from models_registry.models import Repo
from models_registry.revisions import Entry
from models_registry.revisions.holding import held
from models_registry.storage import Content, content_address
from models_registry.storage.addresses import LIFETIME
from models_registry.storage.ownership import owned
from portal.access import Actor, decide
from portal.errors import Invalid, Missing
from portal.sentences import filled

MEDIA_TYPE = "application/vnd.git-lfs+json"
OBJECTS_AT_MOST = 1000


def batch(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    body = json_body(request)
    if body.get("hash_algo", "sha256") != "sha256":
        raise Invalid(_("LFS files are named by their sha256."))
    transfers = body.get("transfers") or ["basic"]
    announced = announced_in(body)
    match body.get("operation"):
        case "upload":
            repo = load_to_send(request, kind=kind, ns=ns, name=name)
            multipart = isinstance(transfers, list) and "multipart" in transfers
            told = upload(request, repo, announced, multipart=multipart)
        case "download":
            repo = load_content(request, kind=kind, ns=ns, name=name)
            told = download(request, repo, announced)
        case _:
            raise Invalid(_("“operation” must be upload or download."))
    return lfs_answer(told)


def lfs_answer(value: object) -> HttpResponse:
    response = json_answer(value)
    response["Content-Type"] = MEDIA_TYPE
    return response


def load_to_send(request: HubRequest, *, kind: str, ns: str, name: str) -> Repo:
    """Return the repo if files may be sent to it: to commit them, or to propose them.

    A batch does not say which; what a guest sends counts against the guest's own quota.
    """
    repo = load(request, kind=kind, ns=ns, name=name)
    if decide(Actor.of(request), "write", repo):
        return repo
    return load(request, kind=kind, ns=ns, name=name, verb="propose")


def announced_in(body: dict[str, Any]) -> list[Content]:
    objects = body.get("objects")
    if not isinstance(objects, list) or len(objects) > OBJECTS_AT_MOST:
        raise Invalid(
            filled(_("“objects” must list at most %(limit)d files."), {"limit": OBJECTS_AT_MOST})
        )
    if not all(isinstance(item, dict) for item in objects):
        raise Invalid(_("Each object has an “oid” and a “size”."))
    return [uploads.check_announced(item.get("oid"), item.get("size")) for item in objects]


def upload(
    request: HubRequest, repo: Repo, announced: Sequence[Content], *, multipart: bool
) -> dict[str, Any]:
    """Return where to send each file; one that this repo has already gets no `actions`."""
    offers = uploads.offers(repo, signed_in(request), announced, multipart=multipart)
    parts = any(offer is not None and offer.header for offer in offers)
    objects = []
    for content, offer in zip(announced, offers, strict=True):
        told: dict[str, Any] = {"oid": content.sha256, "size": content.size}
        if offer is not None:
            told["authenticated"] = True
            told["actions"] = {
                "upload": upload_action(request, offer),
                "verify": verify_at(request, offer),
            }
        objects.append(told)
    return {"transfer": "multipart" if parts else "basic", "objects": objects}


def upload_action(request: HubRequest, offer: uploads.Offer) -> dict[str, Any]:
    header = {
        key: value if key == "chunk_size" else _as_seen(request, value)
        for key, value in offer.header.items()
    }
    return {
        "href": _as_seen(request, offer.href),
        "header": header,
        "expires_in": int(LIFETIME.total_seconds()),
    }


def _as_seen(request: HubRequest, address: str) -> str:
    """Return an address of ours as the client knows us; a bucket's is signed as it is."""
    ours = address.startswith(f"{settings.CONTENT_URL}/")
    return content_url(request, address) if ours else address


def verify_at(request: HubRequest, offer: uploads.Offer) -> dict[str, Any]:
    where = request.path_info.removesuffix("/objects/batch") + "/verify"
    return {"href": f"{base_url(request)}{where}?upload={offer.upload.hex}", "header": {}}


def download(request: HubRequest, repo: Repo, wanted: Sequence[Content]) -> dict[str, Any]:
    """Return where each file can be fetched; a file of another repo is one that is not there.

    So is what no revision has any more, but for those who may write: they may be in the middle.
    """
    have = owned(repo, (content.sha256 for content in wanted))
    if not decide(Actor.of(request), "write", repo):
        have = {sha256: have[sha256] for sha256 in held(repo, have)}
    objects = [
        fetch(request, repo, content)
        if content.sha256 in have
        else {
            "oid": content.sha256,
            "size": content.size,
            "error": {"code": 404, "message": "Object does not exist"},
        }
        for content in wanted
    ]
    return {"transfer": "basic", "objects": objects}


def fetch(request: HubRequest, repo: Repo, content: Content) -> dict[str, Any]:
    entry = Entry(content.sha256, "file", "", size=content.size, lfs=content.sha256)
    address = content_address(request.person, repo, entry, token=request.access_token)
    action = {
        "href": content_url(request, address),
        "header": {},
        "expires_in": int(LIFETIME.total_seconds()),
    }
    return {
        "oid": content.sha256,
        "size": content.size,
        "authenticated": True,
        "actions": {"download": action},
    }


def verify(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Say whether a file that was sent has arrived in this repo; take it if it went to a bucket."""
    repo = load_to_send(request, kind=kind, ns=ns, name=name)
    body = json_body(request)
    content = uploads.check_announced(body.get("oid"), body.get("size"))
    if not owned(repo, [content.sha256]):
        uploads.take(_upload(request), content, repo=repo, person=signed_in(request))
    if owned(repo, [content.sha256]).get(content.sha256) != content.size:
        raise Missing(_("This file has not arrived."))
    return lfs_answer({"oid": content.sha256, "size": content.size})


def _upload(request: HubRequest) -> uuid.UUID:
    try:
        return uuid.UUID(hex=request.GET.get("upload", ""))
    except ValueError:
        raise Missing(_("This file has not arrived.")) from None
