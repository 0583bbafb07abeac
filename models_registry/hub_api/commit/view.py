"""`POST …/commit/<rev>`: authorise, parse, hand to the registry, answer."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from models_registry import refs, revisions
from models_registry.hub_api.answers import json_answer, repo_url
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import WrongMediaType, announced_length, flag, stream_of
from models_registry.hub_api.commit import ndjson
from models_registry.hub_api.commit.operations import operation
from models_registry.hub_api.loading import load_to_push
from models_registry.models import Repo

MEDIA_TYPE = "application/x-ndjson"


def commit(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    create_pr = flag(request, "create_pr")
    repo = load_to_push(request, kind=kind, ns=ns, name=name, rev=rev)
    if request.content_type != MEDIA_TYPE or "HTTP_CONTENT_ENCODING" in request.META:
        raise WrongMediaType
    spool = ndjson.Spool()
    try:
        header, lines = ndjson.parse(stream_of(request), spool, announced_length(request))
        done = revisions.commit(
            repo,
            author=signed_in(request),
            operations=[operation(line, spool) for line in lines],
            summary=header.summary,
            description=header.description,
            ref=refs.full_branch(rev),
            parent=header.parent,
            create_pr=create_pr,
        )
    finally:
        spool.close()
    return json_answer(told(request, repo, done))


def told(request: HubRequest, repo: Repo, done: Any) -> dict[str, Any]:
    """Return the answer; the client takes the repo and the commit apart from `commitUrl`."""
    url = repo_url(request, repo.kind, repo.full_name)
    answer: dict[str, Any] = {
        "success": True,
        "commitOid": done.oid,
        "commitUrl": f"{url}/commit/{quote(done.oid)}",
        "hookOutput": "",
    }
    if done.pr_number is not None:
        answer["pullRequestUrl"] = f"{url}/discussions/{done.pr_number}"
    return answer
