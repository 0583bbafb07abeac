"""Proposals: the list, the timeline page of each, writing one, and the deeds on it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from governance import norms
from governance.elections.models import RoleGrant
from governance.feedback.models import FeedbackThread
from governance.navigation import tabs
from governance.norms import founding
from governance.proposals import (
    advancing,
    competing,
    drafting,
    enacting,
    phases,
    shown,
    states,
    supporting,
)
from governance.proposals.forms import CommentForm, ProposalForm, ReasonsForm, beside, initial_of
from governance.proposals.models import Kind, Proposal, Support
from governance.proposals.states import ENDED, State
from portal.access import Actor, allowed, require
from portal.errors import Missing, Refused
from portal.people.models import Person
from portal.people.views import signed_in
from portal.policies.registry import REGISTRY

PAGE = 20
OPEN = "open"


class Filters(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("all")), (OPEN, gettext_lazy("under way")), *State.choices[1:]],
    )

    def chosen(self, actor: Actor) -> Any:
        found = Proposal.objects.visible_to(actor.person).for_rows()
        state = self.cleaned_data["state"] if self.is_valid() else ""
        if state == OPEN:
            return found.exclude(state__in=ENDED)
        return found.filter(state=state) if state else found


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    form = Filters(request.GET or {})
    page = Paginator(form.chosen(Actor.of(request)), PAGE).get_page(request.GET.get("page"))
    context = tabs("proposals") | {"page": page, "form": form}
    return render(request, "governance/proposals.html", context)


def load(request: Any, number: int, verb: str) -> Proposal:
    """Return a proposal that the caller may do `verb` to, after the steps that are due."""
    rows = Proposal.objects.for_pages().prefetch_related("coauthors__person")
    proposal = rows.filter(pk=number).first()
    if proposal is None:
        raise Missing
    require(Actor.of(request), verb, proposal)
    return advancing.at_look(proposal)


@require_safe
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """The timeline page: what phase this is, what comes next and when, and what it would change."""
    return page(request, load(request, number, "see"))


def page(request: HttpRequest, found: Proposal, *, form: Any = None, status: int = 200) -> Any:
    actor, supporters = Actor.of(request), supporting.count(found)
    may = allowed(actor, found)
    mine = actor.person is not None and supports(found, actor.person)
    context = {
        "proposal": found,
        "phase": phases.of(found, supporters),
        "path": phases.path(found),
        "timeline": phases.timeline(found),
        "changes": shown.changes(found),
        "settings": shown.new_settings(found),
        "conflict": shown.conflict(found),
        "rule_class": shown.rule_class(found),
        "supporters": supporters,
        "wanted": supporting.wanted(found),
        "supports": mine,
        "deeds": deeds(found, may, mine),
        "comments": found.comments.select_related("person"),
        "comment_form": form or _comment_form(found),
        "may_comment": "comment" in may,
        "reasons_form": ReasonsForm(),
        "poll": found.vote,
        "rivals": competing.others(found).for_rows() if found.kind == Kind.AMENDMENT else [],
        "takes_rivals": competing.takes_rivals(found) and found.submitted_at is not None,
        "founding_lasts": founding.is_founding(),
    }
    return render(request, "governance/proposal.html", context, status=status)


def _comment_form(found: Proposal, data: Any = None) -> CommentForm:
    return CommentForm(found.revision.touches if found.revision else [], data)


def supports(found: Proposal, person: Person) -> bool:
    return Support.objects.filter(revision=found.revision_id, person=person).exists()


def deeds(found: Proposal, may: frozenset[str], mine: bool) -> dict[str, bool]:
    """Return what the page offers: what the person may and the state allows."""
    author = "revise" in may
    return {
        "submit": "submit" in may and states.can(found.state, "submit"),
        "revise": author and states.can(found.state, "revise"),
        "withdraw": "withdraw" in may and states.can(found.state, "withdraw"),
        "support": "support" in may and not author and not mine and found.state in supporting.OPEN,
        "unsupport": mine and found.state in supporting.OPEN,
        "adopt": "adopt" in may and states.can(found.state, "adopt") and founding.is_founding(),
    }


# --- writing ------------------------------------------------------------------------------------
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write a proposal about the clauses and settings that the address names."""
    base = norms.current()
    require(Actor.of(request), "propose", base)
    clauses, settings = request.GET.getlist("clause"), request.GET.getlist("setting")
    kind, grant = _kind(request.GET.get("kind", "")), _grant(request.GET.get("grant", ""))
    rival = _rival(request, request.GET.get("rival_of", ""))
    initial = beside(rival.revision) if rival and rival.revision else None
    form = ProposalForm(base, clauses, settings, request.POST or None, initial=initial)
    about: dict[str, Any] = {"kind": kind, "grant": grant, "rival": rival}
    if request.method != "POST":
        return _form_page(request, form, **about)

    def act() -> Proposal:
        return drafting.draft(
            by=signed_in(request),
            title=form.cleaned_data["title"],
            reasons=form.cleaned_data["reasons"],
            patch=form.patch(),
            values=form.values(),
            kind=kind,
            grant=grant,
            feedback=_feedback(request.GET.get("feedback", "")),
            rival_of=rival,
        )

    return _written(request, form, act, **about)


def _kind(said: str) -> str:
    return said if said in Kind.values else Kind.AMENDMENT.value


def _grant(number: str) -> RoleGrant | None:
    rows = RoleGrant.objects.select_related("person")
    return rows.filter(pk=int(number)).first() if _is_number(number) else None


def _rival(request: HttpRequest, number: str) -> Proposal | None:
    return load(request, int(number), "see") if _is_number(number) else None


def _feedback(number: str) -> FeedbackThread | None:
    return FeedbackThread.objects.filter(pk=int(number)).first() if _is_number(number) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12


@login_required
def revise(request: HttpRequest, number: int) -> HttpResponse:
    """Write a proposal anew, against the norms in force."""
    found = load(request, number, "revise")
    revision = found.revision
    if revision is None:
        raise Missing
    if request.method == "POST":
        drafting.refuse_frozen(found, by=signed_in(request))
    else:
        states.after(found.state, "revise")
    clauses = dict.fromkeys([*revision.touches, *request.GET.getlist("clause")])
    settings = dict.fromkeys([*revision.policies, *request.GET.getlist("setting")])
    form = ProposalForm(
        norms.current(),
        list(clauses),
        list(settings),
        request.POST or None,
        initial=initial_of(revision),
    )
    if request.method != "POST":
        return _form_page(request, form, found)

    def act() -> Proposal:
        drafting.revise(
            found,
            by=signed_in(request),
            title=form.cleaned_data["title"],
            reasons=form.cleaned_data["reasons"],
            patch=form.patch(),
            values=form.values(),
        )
        return found

    return _written(request, form, act, found)


def _written(
    request: HttpRequest,
    form: ProposalForm,
    act: Callable[[], Proposal],
    found: Proposal | None = None,
    **about: Any,
) -> HttpResponse:
    if form.is_valid():
        try:
            return redirect(act())
        except Refused as refusal:
            if refusal.status in (401, 403, 404):
                raise
            form.add_error(None, str(refusal))
    return _form_page(request, form, found, status=422, **about)


def _form_page(
    request: HttpRequest,
    form: ProposalForm,
    found: Proposal | None = None,
    status: int = 200,
    kind: str = "",
    grant: RoleGrant | None = None,
    rival: Proposal | None = None,
) -> HttpResponse:
    kind = found.kind if found else kind
    context = {
        "kind": Kind(kind or Kind.AMENDMENT),
        "grant": found.grant if found else grant,
        "changes_text": kind in ("", Kind.AMENDMENT, Kind.OPERATIONAL),
        "form": form,
        "proposal": found,
        "clauses": norms.current().parts(),
        "policies": [REGISTRY[name] for name in sorted(REGISTRY)],
        "feedback": request.GET.get("feedback", ""),
        "rival": rival,
        "chosen": [clause.id for clause in form.chosen],
        "chosen_settings": [policy.name for policy in form.policies],
    }
    return render(request, "governance/proposal_form.html", context, status=status)


# --- deeds --------------------------------------------------------------------------------------
@require_POST
def submit(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "submit")
    drafting.submit(found, by=signed_in(request))
    messages.success(request, _("Submitted. Everybody can see and support it now."))
    return redirect(found)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "withdraw")
    drafting.withdraw(found, by=signed_in(request))
    messages.success(request, _("Withdrawn."))
    return redirect(found)


@require_POST
def support(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "support")
    supporting.support(found, by=signed_in(request))
    messages.success(request, _("You support this proposal."))
    return redirect(found)


@require_POST
def withdraw_support(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "support")
    supporting.withdraw_support(found, by=signed_in(request))
    messages.success(request, _("Your support is taken back."))
    return redirect(found)


@require_POST
def comment(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "comment")
    form = _comment_form(found, request.POST)
    if not form.is_valid():
        return page(request, found, form=form, status=422)
    made = supporting.comment(found, by=signed_in(request), **form.cleaned_data)
    return redirect(f"{found.get_absolute_url()}#comment-{made.pk}")


@require_POST
def adopt(request: HttpRequest, number: int) -> HttpResponse:
    """A founder adopts a proposal, while founding mode lasts."""
    found = load(request, number, "adopt")
    form = ReasonsForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422)
    enacting.adopt_as_founder(found, by=signed_in(request), reasons=form.cleaned_data["reasons"])
    messages.success(request, _("Adopted by your decision, which is in the log."))
    return redirect(found)


@require_POST
def add_coauthor(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "revise")
    person = somebody(request.POST.get("handle", ""))
    drafting.add_coauthor(found, by=signed_in(request), person=person)
    return redirect(found)


def somebody(handle: str) -> Person:
    """Return who has this handle; raises `Missing`."""
    person = Person.objects.filter(username__iexact=handle.strip(), is_active=True).first()
    if person is None:
        raise Missing(_("There is nobody with this handle."))
    return person
