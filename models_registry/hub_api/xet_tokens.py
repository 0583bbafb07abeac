"""`xet-read-token` and `xet-write-token`: leave to use the CAS, in headers and in JSON.

Python reads the headers, hf_xet the body. `rev` is a branch, a commit, `refs/pr/N`, or the word
`None` for a pull request that is about to be opened.
"""

from django.conf import settings
from django.http import HttpResponse

from models_registry import revisions
from models_registry.hub_api.answers import content_url, json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.loading import load_content, load_to_push
from models_registry.xet import grants
from portal.access import Actor


def read_token(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    repo = load_content(request, kind=kind, ns=ns, name=name)
    revision = revisions.resolve(repo, rev)
    return _answer(request, *grants.issue(Actor.of(request), repo, revision.oid))


def write_token(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    repo = load_to_push(request, kind=kind, ns=ns, name=name, rev=rev)
    return _answer(request, *grants.issue(Actor.of(request), repo, None))


def _answer(request: HubRequest, token: str, expires: int) -> HttpResponse:
    address = content_url(request, f"{settings.CONTENT_URL}/xet")
    response = json_answer({"accessToken": token, "exp": expires, "casUrl": address})
    response["X-Xet-Access-Token"] = token
    response["X-Xet-Token-Expiration"] = str(expires)
    response["X-Xet-Cas-Url"] = address
    return response
