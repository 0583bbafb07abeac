"""What the Hub has and this portal has not: a sentence instead of a puzzle."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry.hub_api.answers import repo_url
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import NoSuchRoute, NotImplementedHere, RepoNotFound
from models_registry.hub_api.loading import Moved, load, load_content


def elsewhere(request: HubRequest, **kwargs: str) -> HttpResponse:
    """Spaces, jobs, buckets and the like."""
    raise NotImplementedHere


def copying(request: HubRequest, kind: str, ns: str, name: str, **rest: str) -> HttpResponse:
    """Copies of a repo or of its files on the server: nobody learns more than a download tells."""
    load_content(request, kind=kind, ns=ns, name=name)
    raise NotImplementedHere


def no_xet(request: HubRequest, **kwargs: str) -> HttpResponse:
    """Xet tokens: this portal takes and gives large files by LFS."""
    raise NotImplementedHere(
        _("This portal does not speak Xet. Set HF_HUB_DISABLE_XET=1 to upload large files.")
    )


def no_namespace(request: HubRequest, **kwargs: str) -> HttpResponse:
    """`gpt2` and the like: every repo here has an owner, so there is none without one."""
    raise RepoNotFound(signed_in=request.person is not None)


def git(request: HubRequest, kind: str, ns: str, name: str, rest: str = "") -> HttpResponse:
    """`<name>.git`: its page for a browser; git itself is told what to use instead.

    Only to somebody who may see the repo; a hidden one asks for credentials like a missing one.
    """
    repo = load(request, kind=kind, ns=ns, name=name)
    if not rest:
        raise Moved(repo_url(request, kind, repo.full_name))
    raise NotImplementedHere(
        _("Repos are not served over git here. Use `hf download` and `hf upload`.")
    )


def fallback(request: HubRequest, **kwargs: str) -> HttpResponse:
    raise NoSuchRoute
