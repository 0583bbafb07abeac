"""`tree` and `paths-info`: what is in a revision."""

import base64
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from models_registry import revisions
from models_registry.formats.lfs import pointer
from models_registry.hub_api.answers import iso, json_answer, with_next
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import flag, read_body, whole_number
from models_registry.hub_api.loading import load, revision_of
from models_registry.revisions import Entry, Revision
from portal.errors import Invalid
from portal.sentences import filled

PAGE, EXPANDED_PAGE, PATHS_AT_MOST = 1000, 50, 1000
FORM_LIMIT = 4 * 1024 * 1024


def tree(
    request: HubRequest, kind: str, ns: str, name: str, rev: str, path: str = ""
) -> HttpResponse:
    """One page of the entries below `path`, in git's order."""
    repo = load(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, rev)
    expanded = flag(request, "expand")
    ceiling = EXPANDED_PAGE if expanded else PAGE
    limit = whole_number(request, "limit", ceiling, ceiling)
    found = revisions.listing(
        revision,
        path.rstrip("/"),
        flag(request, "recursive"),
        after=cursor_in(request),
        limit=limit + 1,
    )
    page = found[:limit]
    response = json_answer(described(revision, page, expanded=expanded))
    response["X-Repo-Commit"] = revision.oid
    if len(found) > limit:
        return with_next(request, response, cursor=cursor_after(page[-1]))
    return response


def cursor_after(entry: Entry) -> str:
    return base64.urlsafe_b64encode(entry.cursor.encode()).decode()


def cursor_in(request: HubRequest) -> str | None:
    given = request.GET.get("cursor")
    if given is None:
        return None
    try:
        return base64.b64decode(given, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise Invalid(_("“cursor” is not one that this server gave.")) from error


def paths_info(request: HubRequest, kind: str, ns: str, name: str, rev: str) -> HttpResponse:
    """What stands at the paths of a form; paths where nothing stands are left out."""
    repo = load(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, rev)
    form = QueryDict(read_body(request, FORM_LIMIT), encoding="utf-8")
    paths = form.getlist("paths")
    if len(paths) > PATHS_AT_MOST:
        raise Invalid(
            filled(_("Ask for at most %(limit)d paths at once."), {"limit": PATHS_AT_MOST})
        )
    wanted = list(dict.fromkeys(path.strip("/") for path in paths))
    expanded = form.get("expand", "").lower() in ("true", "1")
    return json_answer(described(revision, revisions.entries(revision, wanted), expanded=expanded))


def described(
    revision: Revision, entries: Sequence[Entry], *, expanded: bool
) -> list[dict[str, Any]]:
    """Return the entries as the protocol writes them; `expanded`: last commit and scan status."""
    told = [entry_json(entry) for entry in entries]
    if expanded:
        last = revisions.last_commits(revision, [entry.path for entry in entries])
        for entry, item in zip(entries, told, strict=True):
            commit = last.get(entry.path)
            item["lastCommit"] = commit and {
                "id": commit.oid,
                "title": commit.title,
                "date": iso(commit.when),
            }
            if entry.is_file:
                item["securityFileStatus"] = unscanned()
    return told


def unscanned() -> dict[str, Any]:
    """No scanner has looked: said as such, never as safe."""
    return {"status": "unscanned", "avScan": None, "pickleImportScan": None}


def entry_json(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": entry.kind,
        "oid": entry.oid,
        "size": entry.size,
        "path": entry.path,
    }
    if entry.lfs:
        if entry.xet:
            item["xetHash"] = entry.xet
        pointer_size = len(pointer(entry.lfs, entry.size))
        item["lfs"] = {"oid": entry.lfs, "size": entry.size, "pointerSize": pointer_size}
    return item
