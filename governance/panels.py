"""What other pages show of governance: what is being decided, and what changed in the norms."""

from collections.abc import Sequence
from typing import Any

from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Cast

from governance.norms import differences
from governance.norms.models import NormsVersion
from governance.polls.models import Poll, PollState
from governance.proposals.models import Proposal, ProposalRevision
from governance.proposals.states import State
from portal.access import Actor
from portal.agreements.models import Acceptance, DocumentVersion
from portal.panels import Contexts, panel

SHOWN = 3


@panel("home.aside", 15, template="governance/panel_home.html")
def deciding(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Open polls and proposals under way: one statement for both, the first page asks for many."""
    rows = list(_open_polls().union(_underway(), all=True))
    polls = [
        Poll(pk=pk, question_en=english, question_zh=chinese, closes_at=closes_at)
        for state, pk, english, chinese, closes_at in rows
        if state == PollState.OPEN
    ]
    proposals = [
        Proposal(pk=pk, state=state, revision=ProposalRevision(title=title))
        for state, pk, title, _none, _never in rows
        if state != PollState.OPEN
    ]
    polls.sort(key=lambda poll: (poll.closes_at, poll.pk))
    proposals.sort(key=lambda proposal: -proposal.pk)
    told = {"polls": polls[:SHOWN], "proposals": proposals[:SHOWN]}
    return {None: told} if rows else {}


def _open_polls() -> QuerySet[Any, Any]:
    rows = Poll.objects.filter(state=PollState.OPEN).order_by()
    return rows.values_list("state", "pk", "question_en", "question_zh", "closes_at")


def _underway() -> QuerySet[Any, Any]:
    rows = Proposal.objects.filter(state__in=[State.SEEKING, State.DELIBERATION]).order_by()
    never = Cast(Value(None), DateTimeField())
    return rows.values_list("state", "pk", "revision__title", Value(""), never)


@panel("agreement.changes", 10, template="governance/panel_changes.html")
def changes(objects: Sequence[DocumentVersion], actor: Actor) -> Contexts:
    """Show who is asked to acknowledge a version what changed since the one they acknowledged."""
    if actor.person is None:
        return {}
    versions = NormsVersion.objects.filter(document__in=objects)
    return {found.document_id: said for found in versions if (said := _since(found, actor.person))}


def _since(version: NormsVersion, person: Any) -> dict[str, Any]:
    standing = Acceptance.objects.standing().filter(person=person)
    known = NormsVersion.objects.filter(
        document__in=standing.values("version"), number__lt=version.number
    ).first()
    if known is None:
        return {}
    found = differences.between(known.parts(), version.parts())
    return {"since": known, "differences": [one for one in found if one.is_change]}


@panel("help", 40, template="governance/panel_help.html")
def help_with_decisions(objects: Sequence[Any], actor: Actor) -> Contexts:
    return {None: {}}
