"""Offices and elections: who holds what until when, who stands, and the deeds on both."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance import norms
from governance.elections import appointing, calling, offices, shown
from governance.elections.forms import AppointForm, NominateForm, StandForm
from governance.elections.models import Appointment, Election, ElectionState, RoleGrant
from governance.navigation import tabs
from governance.norms import founding
from governance.proposals import advancing
from portal.access import Actor, allowed, require
from portal.clock import db_now
from portal.errors import Missing, Refused
from portal.people.views import signed_in

PAGE = 20


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return page_of_offices(request)


def page_of_offices(request: HttpRequest, form: Any = None, status: int = 200) -> HttpResponse:
    """Say who holds which office until when, what the committee is asked, and all elections."""
    actor, version = Actor.of(request), norms.current()
    may = allowed(actor, version)
    lasts = founding.is_founding(version)
    context = tabs("elections", in_force=version) | shown.standing()
    context |= {
        "appointments": shown.open_appointments(actor.person),
        "page": _elections(request.GET.get("page")),
        "may_call": "call" in may and offices.under_way() is None,
        "may_appoint": "appoint" in may,
        "may_name": "name_officer" in may and lasts,
        "person": actor.person,
        "form": form or AppointForm(),
    }
    return render(request, "governance/elections.html", context, status=status)


def _elections(number: Any) -> Any:
    """Return a page of elections. Where one page holds all of them, nothing counts them."""
    rows = Election.objects.all()
    first = list(rows[: PAGE + 1])
    return Paginator(first if len(first) <= PAGE else rows, PAGE).get_page(number)


def load(request: Any, number: int, verb: str = "see") -> Election:
    """Return an election that the caller may do `verb` to, after the steps that are due."""
    election = Election.objects.select_related("poll__result").filter(pk=number).first()
    if election is None:
        raise Missing
    if advancing.advance_elections():
        election.refresh_from_db()
    require(Actor.of(request), verb, election)
    return election


@require_safe
def election(request: HttpRequest, number: int) -> HttpResponse:
    return page(request, load(request, number))


def page(request: HttpRequest, found: Election, form: Any = None, status: int = 200) -> Any:
    person = Actor.of(request).person
    candidacies = list(found.candidacies.select_related("person"))
    mine = next((row for row in candidacies if person and row.person_id == person.pk), None)
    lists = found.state == ElectionState.NOMINATING and db_now() < found.nominations_until
    lasts = found.state in (ElectionState.NOMINATING, ElectionState.VOTING)
    may_withdraw = mine is not None and mine.withdrawn_at is None and lasts
    context = {
        "election": found,
        "phase": shown.phase(found),
        "candidates": [row for row in candidacies if row.stands],
        "asked": sum(row.accepted_at is None and row.withdrawn_at is None for row in candidacies),
        "seated": found.grants.select_related("person").order_by("starts_at", "pk"),
        "mine": mine,
        "lists": lists,
        "may_withdraw": may_withdraw,
        "may_decline": may_withdraw and mine is not None and mine.accepted_at is None,
        "stand_form": form or _stand_form(mine),
        "nominate_form": NominateForm(),
        "founding_lasts": founding.is_founding(),
    }
    return render(request, "governance/election.html", context, status=status)


def _stand_form(mine: Any, data: Any = None) -> StandForm:
    if mine is None or mine.accepted_at is None:
        return StandForm(data)
    said = {"employer": mine.employer, "independent": not mine.employer}
    return StandForm(data, initial=said | {"statement": mine.statement})


@require_POST
def call(request: HttpRequest) -> HttpResponse:
    require(Actor.of(request), "call", norms.current())
    return redirect(calling.call(by=signed_in(request)))


@require_POST
def stand(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "stand")
    form = StandForm(request.POST)
    if not form.is_valid():
        return page(request, found, form, status=422)
    said = form.cleaned_data
    calling.stand(
        found, by=signed_in(request), employer=said["employer"], statement=said["statement"]
    )
    messages.success(request, _("You stand. Your employer and your statement are public."))
    return redirect(found)


@require_POST
def nominate(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "nominate")
    form = NominateForm(request.POST)
    if not form.is_valid():
        raise Missing(_("There is nobody with this handle."))
    calling.nominate(found, by=signed_in(request), person=form.cleaned_data["handle"])
    messages.success(request, _("Proposed. They are told, and stand only if they say so."))
    return redirect(found)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "withdraw")
    calling.withdraw(found, by=signed_in(request))
    messages.success(request, _("You stand no more."))
    return redirect(found)


# --- offices ------------------------------------------------------------------------------------
@require_POST
def appoint(request: HttpRequest) -> HttpResponse:
    """The committee is asked for an appointment, or a founder names an officer."""
    version, actor = norms.current(), Actor.of(request)
    by_founder = "as_founder" in request.POST
    require(actor, "name_officer" if by_founder else "appoint", version)
    form = AppointForm(request.POST)
    if form.is_valid():
        try:
            _appointed(signed_in(request), form.cleaned_data, by_founder=by_founder)
            messages.success(request, _("Recorded, with your reasons."))
            return redirect("elections")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return page_of_offices(request, form, status=422)


def _appointed(by: Any, said: dict[str, Any], *, by_founder: bool) -> None:
    about = {"by": by, "person": said["handle"], "role": said["role"], "reasons": said["reasons"]}
    if by_founder:
        offices.name_as_founder(**about)
    else:
        appointing.propose(**about, employer=said["employer"])


def find_appointment(request: Any, number: int, verb: str) -> Appointment:
    found = Appointment.objects.select_related("person", "by").filter(pk=number).first()
    if found is None:
        raise Missing
    require(Actor.of(request), verb, found)
    return found


def find_office(request: Any, number: int, verb: str) -> RoleGrant:
    found = RoleGrant.objects.select_related("person", "election__poll").filter(pk=number).first()
    if found is None:
        raise Missing
    require(Actor.of(request), verb, found)
    return found


@require_POST
def assent(request: HttpRequest, number: int) -> HttpResponse:
    found = find_appointment(request, number, "assent")
    appointing.assent(found, by=signed_in(request))
    messages.success(request, _("You have assented."))
    return redirect("elections")


@require_POST
def resign(request: HttpRequest, number: int) -> HttpResponse:
    found = find_office(request, number, "resign")
    offices.resign(found, by=signed_in(request))
    messages.success(request, _("You have given the office back."))
    return redirect("elections")
