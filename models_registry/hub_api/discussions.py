"""Discussions and pull requests: list, details, and every deed the client knows."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import gate
from models_registry.discussions import finding, merging, talking
from models_registry.discussions.diffs import diff_of
from models_registry.hub_api.answers import iso, json_answer
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import flag, json_body, text_field
from models_registry.hub_api.loading import load
from models_registry.models import Discussion, DiscussionEntry, Repo
from models_registry.models.discussions import DiscussionState, EntryKind
from portal.access import Actor, require
from portal.errors import Invalid
from portal.markup import render
from portal.people.models import Person

PAGE = 50
LONGEST_COMMENT = 65_536
STATES = {"open": ("open", "draft"), "closed": ("closed", "merged")}


def listed(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    kinds = {"pull_request": True, "discussion": False}
    found = finding.listed(
        repo,
        pull_requests=kinds.get(request.GET.get("type", "")),
        states=STATES.get(request.GET.get("status", ""), ()),
        author=request.GET.get("author", "")[:100],
    )
    page = request.GET.get("p", "0")
    start = int(page[:6]) * PAGE if page.isascii() and page.isdigit() else 0
    rows = [_summary(repo, row) for row in found[start : start + PAGE]]
    return json_answer({"count": found.count(), "start": start, "discussions": rows})


def details(request: HubRequest, kind: str, ns: str, name: str, number: str) -> HttpResponse:
    repo, discussion = _load(request, kind, ns, name, number)
    told = _summary(repo, discussion)
    told["events"] = [_entry(entry) for entry in finding.entries(discussion)]
    if discussion.is_pull_request:
        told["changes"] = {"base": repo.default_ref}
        if discussion.merged_oid:
            told["changes"]["mergeCommitId"] = discussion.merged_oid
        told["filesWithConflicts"] = merging.conflicts(discussion)
        if flag(request, "diff"):
            require(Actor.of(request), "download", repo)
            told["diff"] = diff_of(discussion) if gate.is_met(Actor.of(request), repo) else ""
    return json_answer(told)


def create(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    body = json_body(request)
    proposes = body.get("pullRequest") is True
    verb = "propose" if proposes else "discuss"
    repo = load(request, kind=kind, ns=ns, name=name, verb=verb)
    deed = talking.open_pull_request if proposes else talking.open_discussion
    made = deed(
        repo,
        by=signed_in(request),
        title=text_field(body, "title"),
        text=text_field(body, "description", required=False, limit=LONGEST_COMMENT),
    )
    return json_answer({"num": made.number, "pullRequest": proposes})


def comment(request: HubRequest, kind: str, ns: str, name: str, number: str) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number, verb="comment")
    text = text_field(json_body(request), "comment", limit=LONGEST_COMMENT)
    made = talking.comment(discussion, by=signed_in(request), text=text)
    return json_answer({"newMessage": _entry(made)})


def title(request: HubRequest, kind: str, ns: str, name: str, number: str) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number, verb="change")
    wanted = text_field(json_body(request), "title")
    talking.rename(discussion, by=signed_in(request), title=wanted)
    entry = discussion.entries.filter(kind=EntryKind.TITLE).order_by("pk").last()
    return json_answer({"newTitle": _entry(entry) if entry else None})


def status(request: HubRequest, kind: str, ns: str, name: str, number: str) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number, verb="change")
    body = json_body(request)
    wanted = text_field(body, "status")
    if wanted not in (DiscussionState.OPEN, DiscussionState.CLOSED, DiscussionState.DRAFT):
        raise Invalid(_("“status” is open, closed or draft."))
    talking.change_state(discussion, by=signed_in(request), state=wanted, text=_said(body))
    return json_answer({"newStatus": _last_status(discussion, signed_in(request))})


def merge(request: HubRequest, kind: str, ns: str, name: str, number: str) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number, verb="merge")
    text = _said(json_body(request))
    oid = merging.merge(discussion, by=signed_in(request), text=text)
    return json_answer({"success": True, "mergeCommitId": oid})


def edit(
    request: HubRequest, kind: str, ns: str, name: str, number: str, entry: str
) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number)
    found = finding.comment_of(discussion, entry)
    require(Actor.of(request), "edit", found)
    text = text_field(json_body(request), "content", limit=LONGEST_COMMENT)
    changed = talking.edit(found, by=signed_in(request), text=text)
    return json_answer({"updatedComment": _entry(changed)})


def hide(
    request: HubRequest, kind: str, ns: str, name: str, number: str, entry: str
) -> HttpResponse:
    _repo, discussion = _load(request, kind, ns, name, number)
    found = finding.comment_of(discussion, entry)
    require(Actor.of(request), "hide", found)
    hidden = talking.hide(found, by=signed_in(request))
    return json_answer({"updatedComment": _entry(hidden)})


def _load(
    request: HubRequest, kind: str, ns: str, name: str, number: str, verb: str = "see"
) -> tuple[Repo, Discussion]:
    repo = load(request, kind=kind, ns=ns, name=name)
    discussion = finding.find(repo, int(number))
    require(Actor.of(request), verb, discussion)
    return repo, discussion


def _said(body: dict[str, Any]) -> str:
    return text_field(body, "comment", required=False, limit=LONGEST_COMMENT)


def _summary(repo: Repo, discussion: Discussion) -> dict[str, Any]:
    return {
        "num": discussion.number,
        "title": discussion.title,
        "author": _author(discussion.author),
        "createdAt": iso(discussion.created_at),
        "status": discussion.state,
        "isPullRequest": discussion.is_pull_request,
        "repo": {"name": repo.full_name, "type": repo.kind},
        "pinned": False,
    }


def _author(person: Person | None) -> dict[str, Any]:
    name = person.username if person else "deleted"
    return {"name": name, "type": "user", "isHf": False}


def _entry(entry: DiscussionEntry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": str(entry.uuid),
        "type": entry.kind,
        "createdAt": iso(entry.at),
        "author": _author(entry.author),
        "data": _comment(entry) if entry.kind == EntryKind.COMMENT else entry.data,
    }
    return told


def _comment(entry: DiscussionEntry) -> dict[str, Any]:
    """Return a comment as the client reads it; a hidden one keeps its text to itself."""
    hidden = entry.hidden_at is not None
    text = "This comment has been hidden" if hidden else entry.text
    latest = {
        "raw": text,
        "html": str(render(text)),
        "updatedAt": iso(entry.edited_at or entry.at),
        "author": _author(entry.author),
    }
    history = [] if hidden else [_version(entry, version) for version in entry.versions.all()]
    return {
        "edited": entry.edited_at is not None,
        "hidden": hidden,
        "hiddenBy": entry.hidden_by.username if entry.hidden_by else "",
        "latest": latest,
        "numEdits": len(history),
        "history": [*history, latest],
    }


def _version(entry: DiscussionEntry, version: Any) -> dict[str, Any]:
    told = {"raw": version.text, "html": str(render(version.text))}
    return told | {"updatedAt": iso(version.at), "author": _author(entry.author)}


def _last_status(discussion: Discussion, person: Person) -> dict[str, Any]:
    entry = discussion.entries.filter(kind=EntryKind.STATUS).order_by("pk").last()
    if entry is not None:
        return _entry(entry)
    data = {"status": discussion.state}
    return {"id": "", "type": EntryKind.STATUS.value, "author": _author(person), "data": data}
