"""Likes: give one, take it back, who likes a repo, what somebody likes."""

from typing import Any

from django.http import HttpResponse

from models_registry import liking
from models_registry.hub_api.answers import iso, json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.loading import load
from models_registry.hub_api.owners import load_person, person_json
from models_registry.hub_api.paging import page_of
from models_registry.models import Like
from portal.access import Actor


def like(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="like")
    liking.like(repo, signed_in(request))
    return json_answer({"success": True})


def unlike(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name, verb="like")
    liking.unlike(repo, signed_in(request))
    return json_answer({"success": True})


def likers(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    return page_of(
        request, liking.likers(repo), lambda page: [person_json(row.person) for row in page]
    )


def of_person(request: HubRequest, handle: str) -> HttpResponse:
    """What somebody likes, among what the asker may see."""
    person = load_person(request, handle)
    rows = liking.liked_by(person, Actor.of(request))
    return page_of(request, rows, lambda page: [like_json(row) for row in page])


def like_json(row: Like) -> dict[str, Any]:
    return {
        "createdAt": iso(row.since),
        "repo": {"name": row.repo.full_name, "type": row.repo.kind},
    }
