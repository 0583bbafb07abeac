"""Copies made on the server: a whole repo, or large files that another repo is to have too."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry import copying, quotas, repos
from models_registry.formats.lfs import is_sha256
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import json_body, text_field
from models_registry.hub_api.lfs.batch import load_to_send
from models_registry.hub_api.loading import load_content
from models_registry.hub_api.repos import address, already_there, kind_in, visibility_in
from models_registry.models import Repo
from models_registry.revisions.holding import held
from models_registry.storage.ownership import owned, pass_on
from portal.access import Actor
from portal.errors import Invalid
from portal.sentences import filled

FILES_AT_MOST = 1000


def repo(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Copy a repo whose content the person may have; a taken name answers 409 with its address."""
    source = load_content(request, kind=kind, ns=ns, name=name)
    signed_in(request)
    actor, body = Actor.of(request), json_body(request)
    owner, _slash, bare = text_field(body, "repository", limit=200).rpartition("/")
    namespace = repos.namespace_for(owner or None, actor)
    try:
        made = copying.copy(
            source, namespace, bare or name, by=actor, visibility=visibility_in(body)
        )
    except repos.NameTaken as taken:
        return already_there(request, taken, actor, kind, f"{namespace.name}/{bare}")
    return json_answer(address(request, made) | {"filesCopyPending": False})


def files(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Let another repo have large files of this one, for a commit that is to come.

    A file of nobody, of another repo, or of a revision that is gone fails alike, by its hash.
    """
    source = load_content(request, kind=kind, ns=ns, name=name)
    signed_in(request)
    body = json_body(request)
    target, wanted = target_of(request, body), wanted_of(body)
    there = held(source, wanted)
    share(source, target, there, by=Actor.of(request))
    missing = [sha256 for sha256 in wanted if sha256 not in there]
    sentence = _("There is no such file in this repo.")
    return json_answer({"failed": [{"sha256": key, "error": sentence} for key in missing]})


def share(source: Repo, target: Repo, hashes: set[str], *, by: Actor) -> None:
    """Give `target` the files it has not, at the cost of who would pay for sending them."""
    person = by.person
    assert person is not None
    charged = quotas.charged_to(target, person)
    with transaction.atomic():
        quotas.hold(charged)
        new = owned(source, hashes - owned(target, hashes).keys())
        quotas.check(charged, sum(new.values()))
        pass_on(source, target, hashes, by=person, charged=charged)


def target_of(request: HubRequest, body: dict[str, Any]) -> Repo:
    """Return the repo that gets the files; a body without one is refused."""
    target = body.get("target")
    if not isinstance(target, dict):
        raise Invalid(gettext_lazy("“target” names the repo that gets the files."))
    ns, _slash, name = text_field(target, "name", limit=200).partition("/")
    return load_to_send(request, kind=kind_in(target), ns=ns, name=name)


def wanted_of(body: dict[str, Any]) -> list[str]:
    """Return the sha256 of each wanted file."""
    wanted = body.get("files")
    if not isinstance(wanted, list) or len(wanted) > FILES_AT_MOST:
        raise Invalid(
            filled(
                gettext_lazy("“files” must list at most %(limit)d files."),
                {"limit": FILES_AT_MOST},
            )
        )
    hashes = [file.get("sha256") if isinstance(file, dict) else None for file in wanted]
    if not all(isinstance(key, str) and is_sha256(key) for key in hashes):
        raise Invalid(gettext_lazy("Each file has a “sha256”: 64 lowercase hex digits."))
    return list(dict.fromkeys(map(str, hashes)))
