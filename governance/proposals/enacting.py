"""Enactment: what passed takes effect, all of it in one transaction, and only once."""

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import transaction

from governance import rules
from governance.elections import calling, offices, vacant
from governance.norms import founding, publishing
from governance.norms.models import FoundingDecision, NormsVersion
from governance.polls.models import PollState
from governance.proposals import drafting, steps, wording
from governance.proposals.models import Kind, Proposal
from governance.proposals.states import State
from governance.refusals import FoundingOver, NoLongerEnough
from portal import jobs
from portal.errors import NotNow, Refused
from portal.policies import changing

if TYPE_CHECKING:
    from portal.people.models import Person

TELL_NORMS = "governance.jobs.tell_new_norms"


def enact(proposal: Proposal) -> NormsVersion | None:
    """Put a passed proposal in force: its norms version, its settings, its state, its event.

    Again, it returns what it made the first time. If what it changes has moved since, nothing is
    changed and the proposal is in conflict. Raises `NotNow` before its poll is certified.
    """
    with transaction.atomic():
        publishing.lock()
        proposal = steps.locked(proposal)
        if proposal.state == State.ENACTED:
            return NormsVersion.objects.filter(proposal=proposal).first()
        _refuse_unripe(proposal)
        refusal = _conflict(proposal)
        if refusal is not None:
            _conflicted(proposal, refusal)
            return None
        return _in_force(proposal, None, f"proposal:{proposal.pk}")


def adopt_as_founder(proposal: Proposal, *, by: "Person", reasons: str) -> NormsVersion | None:
    """Adopt a proposal by a founder's recorded decision, while founding mode lasts."""
    with transaction.atomic():
        publishing.lock()
        proposal = steps.locked(proposal)
        if not founding.is_founding():
            raise FoundingOver
        steps.states.after(proposal.state, "adopt")
        refusal = _conflict(proposal)
        if refusal is not None:
            raise refusal
        decision = founding.decide(by=by, reasons=reasons, subject=f"proposal:{proposal.pk}")
        return _in_force(proposal, decision, f"founding:{decision.pk}", by=by)


def _in_force(
    proposal: Proposal,
    decision: FoundingDecision | None,
    cause: str,
    by: "Person | None" = None,
) -> NormsVersion | None:
    revision = proposal.revision
    if revision is None:
        raise NotNow
    current = founding.in_force()
    said = drafting.wording_of(revision)
    version = None
    if said.patch:
        made = wording.applied(current, said)
        version = publishing.put_in_force(current, made, proposal=proposal, founding=decision)
        jobs.enqueue(TELL_NORMS, str(version.pk), {"version": version.pk})
    if said.policies:
        changing.enact(revision.policy_values(), cause=cause, reason=proposal.title)
    _about_offices(proposal, cause)
    steps.take(proposal, "adopt" if decision else "enact", by=by, ends_at=None)
    return version


def _about_offices(proposal: Proposal, cause: str) -> None:
    """Do what an election or a recall decided; a ratification leaves all as it is."""
    if proposal.kind == Kind.ELECTION:
        with suppress(NotNow):  # one is under way already, or no seat is to be filled
            calling.call(by=proposal.author, cause=cause)
    recalled = proposal.grant if proposal.kind == Kind.RECALL else None
    if recalled and offices.revoke(recalled, why=f"recalled by proposal {proposal.pk}"):
        vacant.fill(recalled)


def end_unratified(proposal: Proposal) -> None:
    """End the office that members did not ratify. Safe to run again."""
    if proposal.kind == Kind.RATIFICATION and proposal.grant is not None:
        offices.revoke(proposal.grant, why=f"not ratified by proposal {proposal.pk}")


def _refuse_unripe(proposal: Proposal) -> None:
    poll = proposal.vote
    if proposal.state != State.PASSED or poll is None or poll.state != PollState.CERTIFIED:
        raise NotNow


def _conflict(proposal: Proposal) -> Refused | None:
    revision = proposal.revision
    if revision is None:
        raise NotNow
    refusal = wording.conflict(founding.in_force(), drafting.wording_of(revision))
    needed = rules.of_proposal(proposal)
    voted = proposal.vote is not None
    if refusal is None and voted and not rules.suffices(proposal.voted_by, needed):
        return NoLongerEnough()
    return refusal


def _conflicted(proposal: Proposal, refusal: Refused) -> None:
    from governance import notices

    steps.take(proposal, "conflict", note=str(refusal), ends_at=None)
    notices.in_conflict(proposal)
