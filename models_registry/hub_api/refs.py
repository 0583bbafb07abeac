"""Refs: list them, make and delete branches and tags."""

from typing import Any

from django.http import HttpResponse

from models_registry import refs
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import flag, json_body, text_field
from models_registry.hub_api.loading import load
from models_registry.models import Ref
from models_registry.revisions.squashing import squash
from portal.access import Actor, require


def listed(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    told: dict[str, Any] = {
        "branches": [ref_json(ref) for ref in refs.branches(repo)],
        "converts": [],
        "tags": [ref_json(ref) for ref in refs.tags(repo)],
    }
    if flag(request, "include_prs"):
        told["pullRequests"] = [ref_json(ref) for ref in refs.pull_requests(repo)]
    return json_answer(told)


def ref_json(ref: Ref) -> dict[str, str]:
    return {"name": refs.short(ref.name), "ref": ref.name, "targetCommit": ref.target.oid}


def create_branch(request: HubRequest, kind: str, ns: str, name: str, branch: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="write")
    start = text_field(json_body(request), "startingPoint", required=False, limit=300)
    refs.create_branch(repo, branch, by=signed_in(request), start=start or None)
    return json_answer({"success": True}, status=201)


def delete_branch(request: HubRequest, kind: str, ns: str, name: str, branch: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="write")
    refs.delete_branch(repo, branch, by=signed_in(request))
    return json_answer({"success": True})


def super_squash(request: HubRequest, kind: str, ns: str, name: str, branch: str) -> HttpResponse:
    """Make one commit of a branch, or of a pull request's commits."""
    repo = load(request, kind=kind, ns=ns, name=name)
    full = refs.full_branch(branch)
    require(Actor.of(request), refs.verb_to_push(repo, full, request.person), repo)
    message = text_field(json_body(request), "message", required=False, limit=65_536)
    by = signed_in(request)
    oid = squash(repo, full, by=by, message=message or f"Super-squash of {refs.short(full)}")
    return json_answer({"success": True, "commitOid": oid})


def create_tag(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="write")
    body = json_body(request)
    tag = text_field(body, "tag", limit=300)
    message = text_field(body, "message", required=False, limit=10_000)
    refs.create_tag(repo, tag, by=signed_in(request), revision=rev, message=message)
    return json_answer({"success": True}, status=201)


def delete_tag(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    """Delete the tag that the address names where a new tag's revision stands."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="write")
    refs.delete_tag(repo, rev, by=signed_in(request))
    return json_answer({"success": True})
