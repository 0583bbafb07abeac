"""`GET …/commits/<rev>`: the history of a revision, newest first."""

import re
from typing import Any

from django.http import HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from models_registry import revisions
from models_registry.hub_api.answers import iso, json_answer, with_next
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import whole_number
from models_registry.hub_api.loading import load, revision_of
from models_registry.models import Com
from portal.errors import Invalid

PAGE, PAGE_AT_MOST = 50, 500
OID = re.compile(r"[0-9a-f]{40}")


def commits(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, rev)
    limit = whole_number(request, "limit", PAGE, PAGE_AT_MOST)
    after = request.GET.get("after")
    if after is not None and not OID.fullmatch(after):
        raise Invalid(_("“after” must be the id of a commit."))
    found = revisions.history(revision, after=after, limit=limit + 1)
    formatted = "formatted" in request.GET.getlist("expand[]") + request.GET.getlist("expand")
    page = found[:limit]
    said = revisions.messages(repo.pk, [commit.oid for commit in page])
    response = json_answer([commit_json(commit, said[commit.oid], formatted) for commit in page])
    if len(found) > limit:
        return with_next(request, response, after=page[-1].oid, limit=limit)
    return response


def commit_json(commit: Com, message: str, formatted: bool) -> dict[str, Any]:
    """Return one commit; the author is who stands in the account, not in the git object."""
    title, _newline, rest = message.partition("\n")
    told: dict[str, Any] = {
        "id": commit.oid,
        "title": title,
        "message": rest.strip("\n"),
        "date": iso(commit.when),
        "authors": [{"user": commit.author.username}] if commit.author else [],
    }
    if formatted:
        told["formatted"] = {
            "title": escape(title),
            "message": escape(rest.strip("\n")),
        }
    return told
