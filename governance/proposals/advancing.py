"""What time brings: each deadline that has passed leads to its step, by a job or at the next look.

Every step asks again under its own lock, so a job and a reader that come at once do no harm.
"""

from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from governance import norms
from governance.elections import calling, offices, vacant
from governance.elections.models import ElectionState
from governance.polls import closing, opening
from governance.polls.models import Poll, PollResult, PollState
from governance.proposals import competing, drafting, enacting, steps, supporting, wording
from governance.proposals.models import Proposal
from governance.proposals.states import State
from portal import jobs
from portal.clock import DbNow, db_now
from portal.errors import Conflict

SMALL = 500  # electorates that a page may close and count by itself
TIMED = (State.SEEKING, State.DELIBERATION, State.CONFLICTED)
SETTLED = (PollState.CERTIFIED, PollState.ANNULLED)
UNDERWAY = (PollState.SCHEDULED, PollState.OPENING, PollState.CLOSING)


def due_proposals() -> "list[Proposal]":
    rows = Proposal.objects.filter(state__in=TIMED, ends_at__lte=DbNow())
    return list(rows.select_related("revision__base"))


def due_polls() -> "list[Poll]":
    return list(
        Poll.objects.filter(
            Q(state__in=UNDERWAY)
            | Q(state=PollState.OPEN, closes_at__lte=DbNow())
            | Q(state=PollState.TALLIED, certifies_at__lte=DbNow())
        ).select_related("proposal")
    )


def unenacted() -> "list[Proposal]":
    return list(ripe().select_related("revision"))


def ripe() -> "QuerySet[Proposal]":
    """Return what has passed a certified vote, by itself or against others."""
    passed = Proposal.objects.filter(state=State.PASSED)
    return passed.filter(_counted(PollState.CERTIFIED)).exclude(_counted(PollState.TALLIED))


def _counted(state: str) -> Q:
    alone = Poll.objects.filter(proposal=OuterRef("pk"), state=state)
    won = PollResult.objects.filter(winner=OuterRef("pk"), poll__state=state)
    return Q(Exists(alone)) | Q(Exists(won))


def sweep() -> dict[str, int]:
    """Take every step that is due; return how many of each kind."""
    proposals, polls = due_proposals(), due_polls()
    for proposal in proposals:
        advance_proposal(proposal)
    for poll in polls:
        advance_poll(poll)
    advance_elections()
    ready = unenacted()
    for proposal in ready:
        with suppress(Conflict):
            enacting.enact(proposal)
    return {"proposals": len(proposals), "polls": len(polls), "enacted": len(ready)}


def advance_elections() -> bool:
    """Close a list of candidates, seat who was elected, or call the next election, if it is due.

    Return whether something was due. Each of these asks again under its own lock.
    """
    election = offices.under_way()
    if election is None:
        return calling.call_if_due() is not None
    if election.state == ElectionState.NOMINATING:
        if election.nominations_until > db_now():
            return False
        calling.close_list(election)
        return True
    if election.poll is None or election.poll.state not in SETTLED:
        return False
    vacant.seat(election)
    return True


def at_look(proposal: Proposal) -> Proposal:
    """Take the steps of one proposal that are due, as somebody looks at it; return it as it is."""
    poll = proposal.vote
    now = db_now()
    if proposal.state in TIMED and proposal.ends_at is not None and proposal.ends_at <= now:
        advance_proposal(proposal)
    elif poll is not None:
        poll_at_look(poll)
    else:
        return proposal
    return Proposal.objects.for_pages().get(pk=proposal.pk)


def poll_at_look(poll: Poll) -> None:
    """Close, count, certify and enact a small poll at once; a large one is left to the job."""
    if poll.state == PollState.CERTIFIED:
        passed = poll.result.passed
        if passed is not None and passed.state == State.PASSED and passed.vote == poll:
            with suppress(Conflict):
                enacting.enact(passed)
    elif _is_due(poll) and poll.electorate_size <= SMALL:
        advance_poll(poll)
        poll.refresh_from_db()
        if poll.state == PollState.CERTIFIED:
            poll_at_look(poll)
    elif _is_due(poll):
        jobs.enqueue("governance.jobs.advance_poll", str(poll.pk), {"poll": poll.pk})


def _is_due(poll: Poll) -> bool:
    now = db_now()
    closes = poll.state == PollState.OPEN and poll.closes_at is not None and poll.closes_at <= now
    stands = poll.certifies_at is not None and poll.certifies_at <= now
    return closes or poll.state == PollState.CLOSING or (poll.state == PollState.TALLIED and stands)


def advance_proposal(proposal: Proposal) -> None:
    """Take the step to which the end of a phase leads."""
    with suppress(Conflict), transaction.atomic():
        proposal = steps.locked(proposal)
        if proposal.ends_at is None or proposal.ends_at > db_now():
            return
        if proposal.state in (State.SEEKING, State.CONFLICTED):
            steps.take(proposal, "expire", ends_at=None)
        elif proposal.state == State.DELIBERATION:
            _end_deliberation(proposal)


def _end_deliberation(proposal: Proposal) -> None:
    """Freeze what is fit for a vote: this one, and what competes with it and is as far."""
    ready = [proposal, *competing.as_far_as(proposal)]
    fit = [one for one in sorted(ready, key=lambda one: one.pk) if _is_fit(one)]
    for one in fit:
        steps.take(one, "freeze", ends_at=None)
    if len(fit) == 1:
        opening.schedule(fit[0])
    elif fit:
        opening.schedule_between(fit)


def _is_fit(proposal: Proposal) -> bool:
    """Return whether it can be voted on; else it expires or is in conflict from now on."""
    from governance import notices

    if not supporting.enough(proposal):
        steps.take(proposal, "expire", ends_at=None)
        return False
    refusal = wording.conflict(norms.current(), drafting.wording_of(proposal.revision))  # type: ignore[arg-type]
    if refusal is not None:
        steps.take(proposal, "conflict", note=str(refusal), ends_at=None)
        notices.in_conflict(proposal)
        return False
    return True


def advance_poll(poll: Poll) -> None:
    """Open, close, count or certify a poll, as its state and the clock say."""
    if poll.state in (PollState.SCHEDULED, PollState.OPENING):
        opening.open_poll(poll)
        return
    if poll.state == PollState.OPEN:
        closing.close(poll)
        poll.refresh_from_db()
    if poll.state == PollState.CLOSING:
        closing.count(poll)
        poll.refresh_from_db()
    if poll.state == PollState.TALLIED:
        closing.certify(poll)
