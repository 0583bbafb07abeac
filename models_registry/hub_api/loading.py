"""Loading is the permission check: a repo that may not be seen is a repo that is not there."""

from urllib.parse import quote

from models_registry import gate, refs, repos, revisions
from models_registry.hub_api.answers import base_url
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import flag
from models_registry.hub_api.errors import RepoNotFound
from models_registry.hub_api.warnings import warn_of_agreements
from models_registry.models import Repo
from models_registry.revisions import Entry, Revision
from portal.access import Actor, require
from portal.errors import Refused


class Moved(Refused):
    """The repo has this name in another case, or had it before; the address is absolute."""

    status = 307
    code = "RepoMoved"

    def __init__(self, location: str) -> None:
        super().__init__(
            f"Temporary Redirect. Redirecting to {location}", headers={"Location": location}
        )


def load(request: HubRequest, *, kind: str, ns: str, name: str, verb: str = "see") -> Repo:
    """Return the repo if the actor may do `verb` to it.

    RepoNotFound where it is missing or hidden; Moved to its present name; Forbidden where the
    repo may be seen and only the verb is not allowed.
    """
    actor = Actor.of(request)
    try:
        repo = repos.find(actor, f"{ns}/{name}", kind)
    except repos.RepoNotFound as error:
        raise RepoNotFound(signed_in=actor.person is not None) from error
    if repo.full_name != f"{ns}/{name}":
        raise Moved(moved_address(request, f"{ns}/{name}", repo))
    require(actor, verb, repo)
    return repo


def moved_address(request: HubRequest, asked: str, repo: Repo) -> str:
    path = request.path_info.replace(f"/{asked}", f"/{quote(repo.full_name)}", 1)
    query = request.META.get("QUERY_STRING", "")
    return base_url(request) + path + (f"?{query}" if query else "")


def load_content(request: HubRequest, *, kind: str, ns: str, name: str) -> Repo:
    """Return the repo if its content may be given to this person now: right, then gate."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="download")
    gate.check(Actor.of(request), repo)
    return repo


def check_file(request: HubRequest, revision: Revision, path: str) -> bool:
    """Refuse unless this file may be given to this person now; return whether a cache may keep it.

    What says what the repo is and under which licence (its card, the licence's text) is ungated.
    """
    actor, repo = Actor.of(request), revision.repo
    if gate.is_ungated_file(path, revision):
        require(actor, "read", repo)
        return False
    require(actor, "download", repo)
    asked = gate.check(actor, repo)
    return not repo.is_private and not asked


def load_to_push(request: HubRequest, *, kind: str, ns: str, name: str, rev: str) -> Repo:
    """Return the repo if the actor may commit to `rev`, or may propose where they ask to."""
    repo = load(request, kind=kind, ns=ns, name=name)
    actor = Actor.of(request)
    proposes = flag(request, "create_pr")
    verb = "propose" if proposes else refs.verb_to_push(repo, rev, actor.person)
    require(actor, verb, repo)
    warn_of_agreements(request)
    return repo


def revision_of(repo: Repo, rev: str) -> Revision:
    return revisions.resolve(repo, rev)


def entry_of(revision: Revision, path: str) -> Entry:
    """Return the file at `path`; its absence names the commit, so that the client may cache it."""
    try:
        found = revisions.entry(revision, path)
    except revisions.EntryNotFound as refusal:
        refusal.context["headers"] = {"X-Repo-Commit": revision.oid}
        raise
    if not found.is_file:
        raise revisions.EntryNotFound(headers={"X-Repo-Commit": revision.oid})
    return found
