"""The norms: the text in force, every version, what changed, the settings, and the founding."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance import norms
from governance.feedback.models import FeedbackThread, Target
from governance.navigation import tabs
from governance.norms import differences, exports, settings
from governance.norms.clauses import under
from governance.norms.models import Founding, FoundingDecision, NormsVersion
from governance.policies import ENTRENCHED_CLAUSES, FOUNDING_MEMBERS
from governance.polls import electorate
from governance.proposals.models import votes
from portal.agreements.models import page_language
from portal.agreements.views import document
from portal.errors import Missing
from portal.policies import reading, value
from portal.policies.models import PolicyValue
from portal.policies.registry import find

BOTH = "both"


def find_version(number: str) -> NormsVersion:
    """Return a version; raises `Missing`. The first one is recorded where nobody has yet."""
    norms.current()
    rows = NormsVersion.objects.select_related(
        "document__document", "proposal__revision", "founding__by", "event", "parent",
    ).prefetch_related(*votes("proposal__"))  # fmt: skip
    found = rows.filter(number=int(number)).first() if _is_number(number) else None
    if found is None:
        raise Missing
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """Lead to the version in force."""
    return redirect(norms.current())


@require_safe
def version(request: HttpRequest, number: str) -> HttpResponse:
    """Show one version, clause by clause, in one language or both."""
    if not NormsVersion.objects.exists() or not _is_number(number):
        try:
            norms.current()
        except Missing:
            return document(request, "norms", number)
    shown = find_version(number)
    language = _language(request)
    context = tabs("text", shown) | {
        "version": shown,
        "clauses": _clauses(shown),
        "language": language,
        "shows": ["en", "zh"] if language == BOTH else [language],
        "newest": norms.current(),
    }
    return render(request, "governance/norms.html", context)


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in ("en", "zh", BOTH) else page_language()


def _clauses(shown: NormsVersion) -> list[dict[str, Any]]:
    """Return each clause with its rule and how many threads are about it. Two queries."""
    roots = set(value(ENTRENCHED_CLAUSES.name))
    threads = FeedbackThread.objects.filter(about=Target.CLAUSE).values_list("target")
    counts = dict(threads.annotate(number=Count("pk")))
    return [
        {
            "clause": clause,
            "entrenched": not clause.is_heading and under(clause.id, roots),
            "threads": counts.get(clause.id, 0),
        }
        for clause in shown.parts()
    ]


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    versions = NormsVersion.objects.select_related(
        "document__document", "proposal__revision", "founding__by"
    ).prefetch_related(*votes("proposal__"))
    if not versions:
        norms.current()  # records the first one
        versions = versions.all()
    return render(
        request, "governance/norms_history.html", tabs("history") | {"versions": versions}
    )


@require_safe
def compare(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """Show what changed between any two versions, word by word, in both languages."""
    before, after = find_version(str(old)), find_version(str(new))
    found = differences.between(before.parts(), after.parts())
    context = tabs("history") | {
        "before": before,
        "after": after,
        "differences": [one for one in found if one.is_change],
        "versions": NormsVersion.objects.values_list("number", flat=True),
    }
    return render(request, "governance/norms_compare.html", context)


@require_safe
def choose_comparison(request: HttpRequest) -> HttpResponse:
    """Lead from the form of the history to the comparison's own address."""
    old, new = request.GET.get("old", ""), request.GET.get("new", "")
    if not _is_number(old) or not _is_number(new):
        raise Missing
    return redirect("norms_compare", old=int(old), new=int(new))


@require_safe
def all_settings(request: HttpRequest) -> HttpResponse:
    context = tabs("settings") | {"settings": settings.everything()}
    return render(request, "governance/settings.html", context)


@require_safe
def one_setting(request: HttpRequest, name: str) -> HttpResponse:
    """Show a setting, every change it had, and the vote behind each."""
    policy = find(name)
    rows = PolicyValue.objects.filter(name=name).select_related("by", "event").order_by("-pk")
    changes = [{"change": row, "proposal": settings.proposal_of(row)} for row in rows]
    context = tabs("settings") | {
        "setting": reading.in_force(name),
        "changes": changes,
        "rule": settings.rule_of(policy),
    }
    return render(request, "governance/setting.html", context)


@require_safe
def founding_page(request: HttpRequest) -> HttpResponse:
    """Say who adopted the first norms, who the first electorate is, and how founding ends."""
    norms.current()
    context = tabs("founding") | {
        "founding": Founding.objects.first(),
        "decisions": FoundingDecision.objects.select_related(
            "by", "event", "made_version__proposal"
        ).order_by("pk"),
        "members": electorate.count_members(),
        "wanted": value(FOUNDING_MEMBERS.name),
    }
    return render(request, "governance/founding.html", context)


@require_safe
def as_json(request: HttpRequest, number: int) -> HttpResponse:
    answer = exports.as_json(find_version(str(number)))
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_safe
def as_markdown(request: HttpRequest, number: int, language: str) -> HttpResponse:
    text = exports.as_markdown(find_version(str(number)), language)
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")
