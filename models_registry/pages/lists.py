"""The lists of models and of data sets: one GET form, an address that can be shared."""

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from models_registry.models import Repo, RepoTag
from models_registry.models.repos import Kind, RepoQuerySet
from portal import search
from portal.access import Actor

PAGE, PAGES_AT_MOST = 30, 100
SORTS = {
    "updated": ("-updated_at", "-id"),
    "downloads": ("-downloads", "-id"),
    "new": ("-created_at", "-id"),
}
TASKS = (
    "text-classification",
    "token-classification",
    "text-generation",
    "feature-extraction",
    "sentence-similarity",
    "question-answering",
    "summarization",
    "translation",
)


class RepoFilter(forms.Form):
    """What a list shows. Every field may be empty; an unknown value empties the list."""

    q = forms.CharField(label=_("Name"), required=False, max_length=96)
    task = forms.CharField(
        label=_("Task"),
        required=False,
        max_length=64,
        widget=forms.Select(choices=[("", _("any")), *((t, t) for t in TASKS)]),
    )
    language = forms.CharField(label=_("Language"), required=False, max_length=16)
    licence = forms.CharField(label=_("Licence"), required=False, max_length=64)
    access = forms.ChoiceField(
        label=pgettext_lazy("to a gated repo", "Access"),
        required=False,
        choices=[("", _("any")), ("open", _("open")), ("gated", _("gated"))],
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("updated", _("last changed")),
            ("downloads", _("most downloaded")),
            ("new", _("newest")),
        ],
    )

    def repos(self, repos: RepoQuerySet, kind: str) -> RepoQuerySet:
        wanted = self.cleaned_data
        repos = search.narrow(repos.filter(kind=kind), kind, wanted["q"])
        if wanted["task"]:
            repos = repos.filter(pipeline_tag=wanted["task"])
        if wanted["licence"]:
            repos = repos.filter(card_licence=wanted["licence"].strip().lower())
        if wanted["language"]:
            tag = f"language:{wanted['language'].strip().lower()}"
            repos = repos.filter(pk__in=RepoTag.objects.filter(tag=tag).values("repo"))
        if wanted["access"]:
            repos = repos.gated() if wanted["access"] == "gated" else repos.open()
        return repos.order_by(*SORTS[wanted["sort"] or "updated"])


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.MODEL)


@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.DATASET)


def _list(request: HttpRequest, kind: str) -> HttpResponse:
    form = RepoFilter(request.GET)
    visible = Repo.objects.visible_to(Actor.of(request)).select_related("namespace", "licence")
    found = form.repos(visible, kind) if form.is_valid() else visible.none()
    context = {
        "kind": kind,
        "filters": form,
        "page": page_of(found, request.GET.get("page", "")),
        "narrowed": any(form.data.get(name) for name in form.fields if name != "sort"),
    }
    return render(request, "models_registry/list.html", context)


def page_of(rows: RepoQuerySet, asked: str) -> Page:
    """Return one page of the rows, which knows of the next one but never counts them all."""
    number = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    number = min(max(number, 1), PAGES_AT_MOST)
    start = (number - 1) * PAGE
    found = list(rows[start : start + PAGE + 1])
    if not found and number > 1:
        return page_of(rows, "1")
    return Page(found[:PAGE], number, Paginator(range(start + len(found)), PAGE))
