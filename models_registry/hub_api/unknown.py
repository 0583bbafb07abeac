"""What the Hub has and this portal has not: a sentence instead of a puzzle."""

from django.http import HttpResponse

from models_registry.hub_api.answers import repo_url
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import NoSuchRoute, NotImplementedHere, RepoNotFound
from models_registry.hub_api.loading import Moved, load


def elsewhere(request: HubRequest, **kwargs: str) -> HttpResponse:
    """Spaces, jobs, buckets and the like."""
    raise NotImplementedHere


def no_namespace(request: HubRequest, **kwargs: str) -> HttpResponse:
    """`gpt2` and the like: every repo here has an owner, so there is none without one."""
    raise RepoNotFound(signed_in=request.person is not None)


def git(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """`<name>.git` in a browser: the page of the repo, for somebody who may see it."""
    repo = load(request, kind=kind, ns=ns, name=name)
    raise Moved(repo_url(request, kind, repo.full_name))


def fallback(request: HubRequest, **kwargs: str) -> HttpResponse:
    raise NoSuchRoute
