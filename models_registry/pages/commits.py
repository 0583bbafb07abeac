"""The history of a repo, and one commit with what it changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_registry import gate, revisions
from models_registry.models import Com
from models_registry.pages import changes
from models_registry.pages.loading import frame, load, place, refs_of
from portal.access import Actor

PAGE = 50


@require_safe
def history(request: HttpRequest, kind: str, ns: str, name: str, rest: str = "") -> HttpResponse:
    repo = load(request, kind, ns, name)
    refs = refs_of(repo)
    where, revision = place(request, repo, rest, refs)
    after = request.GET.get("after") or None
    found = revisions.history(revision, after=after, limit=PAGE + 1)
    context = {
        **frame(repo, where.actor, "commits"),
        "where": where,
        "revision": revision,
        "refs": refs,
        "items": [_item(repo.path, commit) for commit in found[:PAGE]],
        "older": found[PAGE - 1].oid if len(found) > PAGE else "",
    }
    return render(request, "models_registry/commits.html", context)


@require_safe
def commit(request: HttpRequest, kind: str, ns: str, name: str, oid: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    actor = Actor.of(request)
    revision = revisions.resolve(repo, oid)
    row = Com.objects.select_related("author").get(pk=revision.com_id)
    link = row.parent_links.select_related("parent").order_by("n").first()
    parent = revisions.resolve(repo, link.parent.oid) if link else None
    readable = gate.is_met(actor, repo)
    found, more = changes.between(parent, revision)
    if not readable:
        found = [without_content(change, revision) for change in found]
    context = {
        **frame(repo, actor, "commits"),
        "commit": row,
        "message": _rest_of(revisions.message(row)),
        "parent": parent,
        "changes": found,
        "more": more,
        "readable": readable,
    }
    return render(request, "models_registry/commit.html", context)


def _rest_of(message: str) -> str:
    """Return a commit's message without its first line, which is the title."""
    return message.partition("\n")[2].strip()


def without_content(change: changes.Change, revision: revisions.Revision) -> changes.Change:
    """Keep a gated repo's content behind its gate; what may be read ungated stays."""
    if gate.is_ungated_file(change.path, revision):
        return change
    return changes.Change(change.kind, change.path, change.before, change.after)


def _item(path: str, commit: Com) -> dict[str, object]:
    return {
        "title": commit.title,
        "who": commit.author.username if commit.author else "",
        "when": commit.when,
        "href": f"{path}/commit/{commit.oid}",
        "icon": "git-commit-horizontal",
    }
