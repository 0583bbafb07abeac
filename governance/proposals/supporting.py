"""Support: enough members want this wording to be voted on."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance import rules
from governance.policies import RECALL_PERCENT, SUPPORT
from governance.polls import electorate
from governance.proposals import competing, drafting, states, steps
from governance.proposals.models import Comment, Kind, Proposal, ProposalRevision, Support
from governance.proposals.states import State
from governance.refusals import NotEligible, OwnProposal
from portal import events
from portal.clock import db_now
from portal.errors import Invalid
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

OPEN = (State.SEEKING, State.DELIBERATION)


def support(proposal: Proposal, *, by: "Person") -> None:
    """Support the present wording; with enough supporters deliberation begins. Idempotent."""
    with transaction.atomic():
        proposal = steps.locked(proposal)
        revision = _supportable(proposal, by)
        try:
            with transaction.atomic():
                Support.objects.create(revision=revision, person=by, at=db_now())
        except IntegrityError:
            return
        _record("supported", proposal, by)
        if proposal.state == State.SEEKING and enough(proposal):
            steps.take(proposal, "carry", **drafting.deliberation_from_now())
            competing.wait(proposal)


def withdraw_support(proposal: Proposal, *, by: "Person") -> None:
    """Take one's support back, as long as no vote has been prepared."""
    with transaction.atomic():
        proposal = steps.locked(proposal)
        if proposal.state not in OPEN:
            raise states.NotThisStep(proposal.state)
        gone, _rows = Support.objects.filter(revision=proposal.revision, person=by).delete()
        if gone:
            _record("support-withdrawn", proposal, by)


def count(proposal: Proposal) -> int:
    return Support.objects.filter(revision=proposal.revision_id).count()


def wanted(proposal: Proposal) -> int:
    """Return how many supporters the proposal needs: a recall a share of all members."""
    least: int = value(SUPPORT.name)
    if proposal.kind != Kind.RECALL:
        return least
    share = rules.quorum_of(value(RECALL_PERCENT.name), electorate.count_members())
    return max(least, share)


def enough(proposal: Proposal) -> bool:
    return count(proposal) >= wanted(proposal)


def comment(proposal: Proposal, *, by: "Person", text: str, clause: str = "") -> Comment:
    """Say something about a proposal, or about what it does to one clause."""
    text = text.strip()
    if not text or len(text) > 5000:
        raise Invalid
    if proposal.state == State.DRAFT or (clause and clause not in proposal.revision.touches):  # type: ignore[union-attr]
        raise Invalid
    with transaction.atomic():
        made = Comment.objects.create(
            proposal=proposal,
            person=by,
            text=text,
            clause=clause,
            language=(by.language or "en")[:2],
            at=db_now(),
        )
        _record("commented", proposal, by)
    return made


def _supportable(proposal: Proposal, by: "Person") -> ProposalRevision:
    if proposal.state not in OPEN or proposal.revision is None:
        raise states.NotThisStep(proposal.state)
    if proposal.author_id == by.pk or proposal.coauthors.filter(person=by).exists():
        raise OwnProposal
    if not electorate.is_member(by):
        raise NotEligible
    return proposal.revision


def _record(action: str, proposal: Proposal, by: "Person") -> None:
    events.record(
        f"governance:proposal:{action}",
        actor=by,
        subject=f"proposal:{proposal.pk}",
        body={"revision": proposal.revision.sha256 if proposal.revision else ""},
    )
