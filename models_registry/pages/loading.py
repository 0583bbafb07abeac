"""What every page of a repo loads first. Loading is the permission check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePosixPath
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from models_registry import repos, revisions
from models_registry.liking import is_liking
from models_registry.models import Ref, Repo
from models_registry.models.repos import Kind
from models_registry.pages.snippets import snippets
from models_registry.watching import is_watching
from portal.access import Actor, decide, require
from portal.errors import Missing
from portal.markup import Base


class Moved(Exception):
    """The repo is known by another name now (or by another case of this one)."""

    def __init__(self, repo: Repo):
        self.repo = repo
        super().__init__(repo.full_name)


@dataclass(frozen=True)
class Place:
    """Where in a repo a page is: the repo, the revision's name in the address, and a path."""

    repo: Repo
    actor: Actor
    rev: str
    path: str = ""

    @property
    def crumbs(self) -> list[dict[str, str]]:
        parts = [part for part in self.path.split("/") if part]
        items = [{"label": self.repo.name, "url": self.tree_url("")}]
        for number, part in enumerate(parts, 1):
            items.append({"label": part, "url": self.tree_url("/".join(parts[:number]))})
        items[-1] = {"label": items[-1]["label"]}
        return items

    @property
    def quoted_path(self) -> str:
        return quote(self.path)

    def tree_url(self, path: str) -> str:
        return address(self.repo, "tree", self.rev, path)


def address(repo: Repo, page: str, rev: str = "", path: str = "", **query: str) -> str:
    """Return the address of one of a repo's pages, quoted."""
    pieces = [repo.path, page, quote(rev, safe="/"), quote(path, safe="/")]
    tail = f"?{urlencode(query)}" if query else ""
    return "/".join(piece for piece in pieces if piece).replace("//", "/") + tail


def markup_base(repo: Repo, rev: str, path: str) -> Base:
    """Return where the relative addresses of the text file `path` lead."""
    folder = "".join(f"{quote(part)}/" for part in PurePosixPath(path).parts[:-1])
    links, images = (address(repo, page, rev) + "/" for page in ("blob", "download"))
    return Base(links, images, folder)


def load(request: HttpRequest, kind: str, ns: str, name: str, verb: str = "see") -> Repo:
    """Return the repo at this address, or raise `Missing` (also where it is hidden)."""
    actor = Actor.of(request)
    repo = repos.find(actor, f"{ns}/{name}", kind, joined=repos.FOR_PAGES)
    if repo.full_name != f"{ns}/{name}":
        raise Moved(repo)
    if verb != "see":
        require(actor, verb, repo)
    return repo


def split_revision(repo: Repo, rest: str) -> tuple[str, str]:
    """Return (revision, path) of the end of an address; a branch's name may hold slashes."""
    parts = rest.split("/")
    if parts[:2] == ["refs", "pr"] and len(parts) > 2:
        return "/".join(parts[:3]), "/".join(parts[3:])
    first, _slash, path = rest.partition("/")
    if not path:
        return first, ""
    starts = ["/".join(parts[:n]) for n in range(2, min(len(parts), 8) + 1)]
    names = [f"refs/{folder}/{start}" for folder in ("heads", "tags") for start in starts]
    found = repo.refs.filter(name__in=names).values_list("name", flat=True)
    if not found:
        return first, path
    longest = max((name.split("/", 2)[2] for name in found), key=len)
    return longest, rest[len(longest) + 1 :]


def place(
    request: HttpRequest, repo: Repo, rest: str, refs: Sequence[Ref] = ()
) -> tuple[Place, revisions.Revision]:
    """Return where an address points to, or raise `RevisionNotFound`.

    `refs` are those of `refs_of`, where the page has them: the default branch is not asked again.
    """
    rev, path = split_revision(repo, rest or repo.default_branch)
    default = next((ref for ref in refs if ref.name == repo.default_ref), None)
    if default is not None and rev == repo.default_branch:
        revision = revisions.revision_of(repo, default.target, default.name)
    else:
        revision = revisions.resolve(repo, rev)
    return Place(repo, Actor.of(request), rev, path.strip("/")), revision


def tabs(repo: Repo, actor: Actor, current: str) -> list[dict[str, object]]:
    """Return the tabs of a repo's pages; settings only for those who may change them."""
    card = _("Model card") if repo.kind == Kind.MODEL else _("Data set card")
    rows = [
        ("card", card, "book-open", repo.path),
        ("files", _("Files"), "folder", address(repo, "tree", repo.default_branch)),
        ("commits", _("Commits"), "git-commit-horizontal", address(repo, "commits")),
        ("discussions", _("Discussions"), "messages-square", address(repo, "discussions")),
        ("activity", _("Activity"), "activity", address(repo, "activity")),
    ]
    if repo.kind == Kind.MODEL:
        rows.insert(2, ("lineage", _("Lineage"), "git-fork", address(repo, "lineage")))
    if decide(actor, "settings", repo):
        if repo.gated:
            rows.append(("requests", _("Access"), "key-round", address(repo, "requests")))
        label = pgettext("of a repo", "Settings")
        rows.append(("settings", label, "settings", address(repo, "settings")))
    return [
        {"label": label, "icon": icon, "url": url, "current": key == current}
        for key, label, icon, url in rows
    ]


def frame(repo: Repo, actor: Actor, current: str) -> dict[str, object]:
    """Return what the head of every page of a repo needs."""
    return {
        "repo": repo,
        "tabs": tabs(repo, actor, current),
        "may_write": bool(decide(actor, "write", repo)),
        "may_settle": bool(decide(actor, "settings", repo)),
        "watching": is_watching(repo, actor.person),
        "liking": is_liking(repo, actor.person),
        "snippets": snippets(repo),
        "sums_url": address(repo, "sha256sums", repo.default_branch),
        "languages": listed(repo.card.get("language")),
        "tags": listed(repo.card.get("tags"))[:12],
    }


def listed(value: object) -> list[str]:
    """Return what a card gives as one word or as a list of words."""
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if isinstance(item, str | int)][:50]


def back(request: HttpRequest, repo: Repo) -> HttpResponseRedirect:
    """Return to the page of ours that a form was on; else to the repo's own."""
    place = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(place, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(place if ours else repo.path)


def refs_of(repo: Repo) -> list[Ref]:
    """Return the branches and tags, for the choice of a revision."""
    refs = repo.refs.exclude(name__startswith="refs/pr/").order_by("name")
    return list(refs.select_related("target"))


def following_moves(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a page so that an older name, or another case of the name, leads to the present one."""

    @wraps(view)
    def wrapped(request: HttpRequest, kind: str, ns: str, name: str, **rest: str) -> HttpResponse:
        try:
            return view(request, kind, ns, name, **rest)
        except Moved as moved:
            if request.method not in ("GET", "HEAD"):
                raise Missing() from moved
            old = ("" if kind == Kind.MODEL else "/datasets") + f"/{ns}/{name}"
            return HttpResponseRedirect(moved.repo.path + quote(request.path.removeprefix(old)))

    return wrapped
