"""Polls: the list, the ballot, the result with its record, and the recount kit."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from governance import norms
from governance.navigation import tabs
from governance.norms import founding
from governance.pictures import drawn, tables
from governance.polls import asking, casting, closing, exporting, secrecy, shown
from governance.polls.forms import BallotForm, NewPollForm
from governance.polls.models import Ballot, ElectorateEntry, Poll, PollState
from governance.proposals import advancing
from portal.access import Actor, decide, require
from portal.clock import db_now
from portal.errors import Missing, Refused
from portal.people.views import signed_in

PAGE = 20


def load(request: Any, number: int, verb: str = "see") -> Poll:
    """Return a poll that the caller may do `verb` to, after the steps that are due."""
    poll = Poll.objects.select_related("proposal", "result", "revision").filter(pk=number).first()
    if poll is None:
        raise Missing
    require(Actor.of(request), verb, poll)
    advancing.poll_at_look(poll)
    return Poll.objects.select_related("proposal", "result", "revision").get(pk=number)


@require_safe
def polls(request: HttpRequest) -> HttpResponse:
    found = Poll.objects.select_related("result", "proposal")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    version = norms.current()
    may_ask = decide(Actor.of(request), "ask", version)
    context = tabs("polls", in_force=version) | {"page": page, "may_ask": bool(may_ask)}
    return render(request, "governance/polls.html", context)


@never_cache
@require_safe
def poll(request: HttpRequest, number: int) -> HttpResponse:
    return page(request, load(request, number))


def page(
    request: HttpRequest,
    found: Poll,
    form: Any = None,
    status: int = 200,
    receipt: casting.Receipt | None = None,
) -> HttpResponse:
    person = Actor.of(request).person
    standing = casting.standing(found, person)
    entry = ElectorateEntry.objects.filter(poll=found, person=person).first() if person else None
    open_now = found.accepts_ballots(db_now())
    may_cast = open_now and entry is not None and not (found.secret and entry.ballot)
    if form is None and may_cast:
        form = BallotForm(
            found,
            standing=standing.choice if standing else None,
            replaces=standing.pk if standing else "",
        )
    context = {
        "poll": found,
        "open": open_now,
        "entry": entry,
        "standing": standing,
        "form": form if may_cast else None,
        "receipt": receipt or standing,
        "voted": bool(entry and entry.ballot),
        "rule_words": shown.rule_words(found),
        "contenders": found.in_contest() if found.method == "schulze" else [],
        "cast": found.electorate.exclude(ballot="").count(),
        "founding_lasts": founding.is_founding(),
        "stuck": secrecy.is_stuck(found),
        "may_annul": (found.state == PollState.TALLIED or secrecy.is_stuck(found))
        and bool(decide(Actor.of(request), "annul", found)),
    }
    if found.is_counted:
        context |= result(found)
    return render(request, "governance/poll.html", context, status=status)


def result(found: Poll) -> dict[str, Any]:
    """Return what the page of a counted poll shows besides."""
    counted = found.result
    outcome, kind = shown.outcome_words(counted)
    counts = shown.counts(counted)
    names = {option["key"]: found.label(option["key"]) for option in found.options}
    return {
        "result": counted,
        "outcome": outcome,
        "outcome_kind": kind,
        "winners": [found.label(key) for key in counted.record["winners"]],
        "tied": [found.label(key) for key in counted.record["tied"]],
        "rows": [{"name": found.label(key), "count": number} for key, number in counts.items()],
        "most": max([*counts.values(), 1]),
        "pictures": drawn(counted.record, names),
        "steps": tables(counted.record, names),
    }


@require_POST
@never_cache
def vote(request: HttpRequest, number: int) -> HttpResponse:
    """Cast a ballot; the page then shows its receipt, that of a secret one this once only."""
    found = load(request, number, "vote")
    standing = casting.standing(found, signed_in(request))
    form = BallotForm(found, request.POST, standing=standing.choice if standing else None)
    if not form.is_valid():
        return page(request, found, form, status=422)
    receipt = casting.cast(
        found,
        by=signed_in(request),
        choice=form.choice(),
        replaces=form.cleaned_data["replaces"],
    )
    if found.secret:
        return page(request, found, receipt=receipt)
    messages.success(request, _("Your ballot is recorded. You can change it until the close."))
    return redirect(found)


@require_safe
def export(request: HttpRequest, number: int) -> HttpResponse | FileResponse:
    """Hand out the recount kit of a counted poll."""
    return export_answer(load(request, number))


def export_answer(found: Poll) -> HttpResponse | FileResponse:
    """Return the kit as a file to keep; a large one is sent from the disk."""
    kit = exporting.file_of(found)
    said: dict[str, str] = {
        "Content-Disposition": f'attachment; filename="poll-{found.pk}.json"',
        "Content-Type": "application/json",
    }
    if isinstance(kit, bytes):
        return HttpResponse(kit, headers=said)
    return FileResponse(kit.open("rb"), headers=said)


@require_safe
def voters(request: HttpRequest, number: int) -> HttpResponse:
    """Who voted, and with open ballots how, shown from the count on."""
    found = Poll.objects.select_related("proposal", "result", "revision").filter(pk=number).first()
    if found is None or not found.is_counted:
        raise Missing
    require(Actor.of(request), "see", found)
    rows = found.electorate.exclude(ballot="").select_related("person").order_by("pseudonym")
    page = Paginator(rows, 100).get_page(request.GET.get("page"))
    said = {ballot.entry_id: ballot for ballot in _ballots(found, page)}
    shown_rows = [
        {"entry": row, "ballot": said.get(row.pk), "choice": words(found, said.get(row.pk))}
        for row in page
    ]
    context = {"poll": found, "page": page, "rows": shown_rows}
    return render(request, "governance/voters.html", context)


def _ballots(found: Poll, entries: Any) -> Any:
    return Ballot.objects.filter(pk__in=[entry.ballot for entry in entries])


def words(found: Poll, ballot: Any) -> str:
    """Return a ballot in words."""
    if ballot is None:
        return ""
    said = ballot.choice
    if isinstance(said, str):
        return found.label(said)
    if isinstance(said, dict):
        return ", ".join(f"{found.label(key)}: {score}" for key, score in said.items())
    ranks = [[rank] if isinstance(rank, str) else rank for rank in said]
    mark = ", " if found.method == "approval" else " > "
    return mark.join(" = ".join(found.label(key) for key in rank) for rank in ranks)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Ask the community something; nothing follows from it by itself."""
    require(Actor.of(request), "ask", norms.current())
    form = NewPollForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(asking.ask(by=signed_in(request), **form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render(request, "governance/new_poll.html", {"form": form}, status=status)


@require_POST
def annul(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "annul")
    closing.annul(found, by=signed_in(request), reason=request.POST.get("reason", ""))
    return redirect(found)
