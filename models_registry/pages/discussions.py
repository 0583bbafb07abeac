"""Discussions and pull requests of a repo: the list, a thread's timeline, what one proposes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_registry import gate
from models_registry.discussions import finding, merging, talking
from models_registry.models import Discussion, DiscussionEntry, Repo
from models_registry.models.discussions import DiscussionState, EntryKind
from models_registry.pages import changes
from models_registry.pages.commits import without_content
from models_registry.pages.loading import address, frame, load
from models_registry.revisions.reading import revision_of
from portal.access import Actor, decide, require
from portal.errors import Refused

PAGE = 30
STATES = {
    "open": (DiscussionState.OPEN, DiscussionState.DRAFT),
    "closed": (DiscussionState.CLOSED, DiscussionState.MERGED),
    "all": (),
}
LOOKS: dict[str, tuple[str, str]] = {  # state -> icon, kind of badge and dot
    DiscussionState.OPEN: ("circle-dot", "good"),
    DiscussionState.DRAFT: ("circle-dashed", ""),
    DiscussionState.CLOSED: ("circle-check", "bad"),
    DiscussionState.MERGED: ("git-merge", "accent"),
}


class Filter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("discussion", gettext_lazy("Discussions")),
            ("pull_request", gettext_lazy("Pull requests")),
        ],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("open", pgettext_lazy("of discussions", "Open")),
            ("closed", pgettext_lazy("of discussions", "Closed")),
            ("all", gettext_lazy("All")),
        ],
    )


class NewDiscussion(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=talking.LONGEST_TITLE)
    text = forms.CharField(
        label=gettext_lazy("What is it about?"),
        required=False,
        max_length=talking.LONGEST_COMMENT,
        help_text=gettext_lazy("Markdown works here."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )


class Comment(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=talking.LONGEST_COMMENT,
        help_text=gettext_lazy("Markdown works here."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


@require_safe
def listing(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    form = Filter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    kinds = {"pull_request": True, "discussion": False}
    rows = finding.listed(
        repo,
        pull_requests=kinds.get(chosen.get("kind", "")),
        states=STATES[chosen.get("state") or "open"],
        words=chosen.get("q", ""),
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.looks = LOOKS[row.state]
    actor = Actor.of(request)
    context = {
        **frame(repo, actor, "discussions"),
        "form": form,
        "page": page,
        "filtered": bool(chosen.get("q") or chosen.get("kind") or chosen.get("state")),
        "new_url": address(repo, "discussions/new"),
    }
    return render(request, "models_registry/discussions.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "discuss")
    form = NewDiscussion(request.POST or None)
    preview = _preview(request, form)
    if form.is_valid() and preview is None:
        try:
            made = talking.open_discussion(repo, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("title", str(refused))
        else:
            return redirect(made)
    context = {**frame(repo, Actor.of(request), "discussions"), "form": form, "preview": preview}
    status = 422 if form.errors else 200
    return render(request, "models_registry/new_discussion.html", context, status=status)


def _preview(request: HttpRequest, form: forms.Form) -> str | None:
    """Return the text to be shown as it will look, if that is all that was asked for."""
    if request.POST.get("deed") != "preview" or not form.is_valid():
        return None
    return str(form.cleaned_data["text"])


def _found(
    request: HttpRequest, kind: str, ns: str, name: str, number: int
) -> tuple[Repo, Discussion]:
    repo = load(request, kind, ns, name)
    return repo, finding.find(repo, number)


def _thread(request: HttpRequest, repo: Repo, discussion: Discussion) -> dict[str, Any]:
    """Return what the pages of one thread share."""
    actor = Actor.of(request)
    icon, badge = LOOKS[discussion.state]
    here = discussion.get_absolute_url()
    return {
        **frame(repo, actor, "discussions"),
        "discussion": discussion,
        "icon": icon,
        "badge": badge,
        "here": here,
        "may_comment": bool(decide(actor, "comment", discussion)),
        "may_change": bool(decide(actor, "change", discussion)),
        "may_merge": bool(decide(actor, "merge", discussion)),
    }


@require_safe
def thread(request: HttpRequest, kind: str, ns: str, name: str, number: int) -> HttpResponse:
    repo, discussion = _found(request, kind, ns, name, number)
    return _show(request, repo, discussion, Comment())


def _show(
    request: HttpRequest, repo: Repo, discussion: Discussion, form: Comment, status: int = 200
) -> HttpResponse:
    waits = discussion.is_pull_request and discussion.state == DiscussionState.OPEN
    context = _thread(request, repo, discussion)
    context |= {
        "preview": _preview(request, form),
        "entries": [_shown(request, entry) for entry in finding.entries(discussion)],
        "form": form,
        "crossing": merging.conflicts(discussion) if waits else [],
        "waits": waits,
    }
    return render(request, "models_registry/discussion.html", context, status=status)


def _shown(request: HttpRequest, entry: DiscussionEntry) -> DiscussionEntry:
    """Give an entry its looks, its sentence, and what its reader may do to it."""
    mine = request.user.is_authenticated and entry.author_id == request.user.pk
    entry.may_edit = mine and entry.hidden_at is None
    entry.looks = ("git-commit-horizontal", "accent")
    if entry.kind == EntryKind.STATUS:
        entry.looks = LOOKS[entry.data["status"]]
        entry.sentence = _said(entry.data["status"])
    elif entry.kind == EntryKind.TITLE:
        entry.looks = ("pencil", "")
    return entry


def _said(state: str) -> str:
    return {
        "open": _("opened this"),
        "draft": _("made this a draft"),
        "closed": _("closed this"),
        "merged": _("merged this"),
    }[state]


@require_safe
def proposed(request: HttpRequest, kind: str, ns: str, name: str, number: int) -> HttpResponse:
    """Show what a pull request changes since it parted from the default branch."""
    repo, discussion = _found(request, kind, ns, name, number)
    head = merging.head_of(discussion) if discussion.is_pull_request else None
    if head is None:
        return redirect(discussion)
    base = merging.parting(head)
    after = revision_of(repo, head)
    found, more = changes.between(revision_of(repo, base) if base else None, after)
    readable = gate.is_met(Actor.of(request), repo)
    context = _thread(request, repo, discussion)
    context |= {
        "changes": found if readable else [without_content(change, after) for change in found],
        "more": more,
        "readable": readable,
        "head": head,
    }
    return render(request, "models_registry/discussion_changes.html", context)


@login_required
@require_POST
def do(request: HttpRequest, kind: str, ns: str, name: str, number: int) -> HttpResponse:
    """Comment, rename, open, close or merge: the button that was pressed names the deed.

    One of them only shows the comment as it will look.
    """
    repo, discussion = _found(request, kind, ns, name, number)
    deed, verb = DEEDS.get(request.POST.get("deed", ""), DEEDS["comment"])
    require(Actor.of(request), verb, discussion)
    form = Comment(request.POST)
    if _preview(request, form) is not None:
        return _show(request, repo, discussion, form)
    try:
        if form.is_valid():
            deed(discussion, request, form.cleaned_data["text"])
            return redirect(discussion)
    except Refused as refused:
        form.add_error("text", str(refused))
    return _show(request, repo, finding.find(repo, number), form, status=422)


Deed = Callable[[Discussion, HttpRequest, str], object]


def _comment(discussion: Discussion, request: HttpRequest, text: str) -> None:
    talking.comment(discussion, by=request.user, text=text)


def _rename(discussion: Discussion, request: HttpRequest, text: str) -> None:
    talking.rename(discussion, by=request.user, title=request.POST.get("title", ""))


def _merge(discussion: Discussion, request: HttpRequest, text: str) -> None:
    merging.merge(discussion, by=request.user, text=text)
    messages.success(request, _("Merged. It is the newest revision now."))


def _to(state: DiscussionState) -> Deed:
    def change(discussion: Discussion, request: HttpRequest, text: str) -> None:
        talking.change_state(discussion, by=request.user, state=state, text=text)

    return change


DEEDS: dict[str, tuple[Deed, str]] = {
    "comment": (_comment, "comment"),
    "rename": (_rename, "change"),
    "close": (_to(DiscussionState.CLOSED), "change"),
    "open": (_to(DiscussionState.OPEN), "change"),
    "draft": (_to(DiscussionState.DRAFT), "change"),
    "merge": (_merge, "merge"),
}


@login_required
@require_http_methods(["GET", "POST"])
def entry(
    request: HttpRequest, kind: str, ns: str, name: str, number: int, entry: UUID
) -> HttpResponse:
    """Edit one's comment; or hide one, for good, on a page that says so."""
    repo, discussion = _found(request, kind, ns, name, number)
    found = finding.comment_of(discussion, str(entry))
    hides = (request.POST if request.method == "POST" else request.GET).get("deed") == "hide"
    require(Actor.of(request), "hide" if hides else "edit", found)
    form = Comment(request.POST or None, initial={"text": found.text})
    if hides and request.method == "POST":
        talking.hide(found, by=request.user)
        return redirect(discussion)
    preview = _preview(request, form)
    if not hides and form.is_valid() and preview is None:
        try:
            talking.edit(found, by=request.user, text=form.cleaned_data["text"])
        except Refused as refused:
            form.add_error("text", str(refused))
        else:
            return redirect(f"{discussion.get_absolute_url()}#{found.uuid}")
    context = _thread(request, repo, discussion)
    context |= {"form": form, "entry": found, "hides": hides, "preview": preview}
    status = 422 if form.errors else 200
    return render(request, "models_registry/comment.html", context, status=status)
