"""Create, delete, move and settle a repo, as the client words it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import names, repos
from models_registry.hub_api.answers import json_answer, repo_url
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import json_body, text_field
from models_registry.hub_api.errors import NotImplementedHere, RepoNotFound, answer
from models_registry.hub_api.loading import load
from models_registry.models import Repo
from models_registry.models.repos import Kind, Visibility
from portal.access import Actor, decide
from portal.errors import Conflict, Invalid
from portal.sentences import filled


def create(request: HubRequest) -> HttpResponse:
    """Make a repo; a taken name answers 409 with the address of the repo that has it."""
    person, actor = signed_in(request), Actor.of(request)
    body = json_body(request)
    kind = kind_in(body)
    name = text_field(body, "name", limit=200)
    owner, _slash, bare = name.rpartition("/")  # some clients send `ns/name` as the name
    organisation = text_field(body, "organization", required=False, limit=96) or owner
    namespace = repos.namespace_for(organisation or None, actor)
    try:
        repo = repos.create(
            namespace,
            bare,
            by=person,
            kind=kind,
            visibility=visibility_in(body) or Visibility.PUBLIC,
        )
    except repos.NameTaken as taken:
        return already_there(request, taken, actor, kind, f"{namespace.name}/{bare}")
    return json_answer(address(request, repo))


def already_there(
    request: HubRequest, taken: repos.NameTaken, actor: Actor, kind: str, asked: str
) -> HttpResponse:
    """Answer a conflict so that `exist_ok` works: the client reads `url` from it.

    A repo that the actor may not see is named as it was asked for.
    """
    if taken.repo is not None and decide(actor, "see", taken.repo):
        asked = taken.repo.full_name
    taken.context["body"] = {"url": repo_url(request, kind, asked)}
    return answer(request, taken)


def address(request: HubRequest, repo: Repo) -> dict[str, Any]:
    return {
        "url": repo_url(request, repo.kind, repo.full_name),
        "name": repo.full_name,
        "id": f"{repo.pk:024x}",
    }


def delete(request: HubRequest) -> HttpResponse:
    person = signed_in(request)
    body = json_body(request)
    owner, _slash, bare = text_field(body, "name", limit=200).rpartition("/")
    owner = text_field(body, "organization", required=False, limit=96) or owner
    repo = named(request, kind_in(body), f"{owner or person.username}/{bare}", "delete")
    repos.delete(repo, by=person)
    return json_answer({"success": True})


def move(request: HubRequest) -> HttpResponse:
    """Give a repo another name or owner: the right to both places is asked."""
    person = signed_in(request)
    body = json_body(request)
    kind = kind_in(body)
    repo = named(request, kind, text_field(body, "fromRepo", limit=200), "delete")
    owner, bare = names.split(text_field(body, "toRepo", limit=200))
    namespace = repos.namespace_for(owner, Actor.of(request))
    try:
        repos.move(repo, namespace, bare, by=person)
    except repos.NameTaken as taken:
        raise Conflict(
            filled(
                _("A %(kind)s repository called %(name)s already exists"),
                {"kind": kind, "name": f"{owner}/{bare}"},
            )
        ) from taken
    return json_answer(address(request, repo))


def settings(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Change visibility or gate."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="settings")
    body = json_body(request)
    changes: dict[str, Any] = {}
    if visibility := visibility_in(body):
        changes["visibility"] = visibility
    if "gated" in body:  # the protocol writes an open repo as `false`
        changes["gated"] = "" if body["gated"] is False else text_field(body, "gated", limit=10)
    if not changes:
        raise Invalid(_("Say what to change: “visibility” or “gated”."))
    repos.settle(repo, changes, by=signed_in(request))
    return json_answer(
        {"private": repo.is_private, "gated": repo.gated or False, "visibility": repo.visibility}
    )


def named(request: HubRequest, kind: str, full_name: str, verb: str) -> Repo:
    """Load a repo that a request's body names; a name that cannot be one is nobody's."""
    ns, slash, name = full_name.partition("/")
    if not slash or not ns or not name:
        raise RepoNotFound(signed_in=True)
    return load(request, kind=kind, ns=ns, name=name, verb=verb)


def kind_in(body: dict[str, Any]) -> str:
    """Return the kind of repo; `type` is absent for models."""
    kind = body.get("type") or Kind.MODEL
    if kind in Kind.values:
        return str(kind)
    if kind in ("space", "kernel"):
        raise NotImplementedHere
    raise Invalid(_("“type” must be model or dataset."))


def visibility_in(body: dict[str, Any]) -> str:
    """Return the wanted visibility, or "": newer clients send `visibility`, older `private`."""
    wanted, private = body.get("visibility"), body.get("private")
    if wanted is None and private is None:
        return ""
    if wanted is None:
        wanted = Visibility.PRIVATE if private is True else Visibility.PUBLIC
    if wanted not in Visibility.values:
        raise Invalid(_("“visibility” must be public or private."))
    return str(wanted)
