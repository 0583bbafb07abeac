"""The jobs of governance: what deadlines bring, and telling people. Safe to run twice."""

from typing import Any

from django.db.models import Q

from governance import notices
from governance.elections import calling, offices
from governance.elections.models import Election, ElectionState
from governance.norms import founding
from governance.norms.models import Founding, NormsCampaign, NormsVersion
from governance.polls import exporting, secrecy
from governance.polls.models import Poll, PollState, UntoldBallot
from governance.proposals import advancing, enacting
from governance.proposals.models import Proposal
from governance.proposals.states import State
from portal import jobs
from portal.clock import DbNow, db_now
from portal.errors import NotNow


@jobs.handler(lease_seconds=300, max_attempts=5)
def open_poll(run: jobs.Run) -> dict[str, Any] | None:
    """Fix the electorate of a poll and open it."""
    advancing.opening.open_poll(Poll.objects.get(pk=run.payload["poll"]))
    return None


@jobs.handler(lease_seconds=300, max_attempts=5)
def advance_poll(run: jobs.Run) -> dict[str, Any] | None:
    """Close, count or certify a poll whose time has come."""
    poll = Poll.objects.select_related("proposal").get(pk=run.payload["poll"])
    advancing.advance_poll(poll)
    return None


@jobs.handler(lease_seconds=300, max_attempts=5)
def write_export(run: jobs.Run) -> dict[str, Any] | None:
    """Write the recount kit of a large poll to its file."""
    poll = Poll.objects.select_related("result", "revision").get(pk=run.payload["poll"])
    try:
        return {"bytes": exporting.write(poll)}
    except NotNow as refusal:
        raise jobs.Retry("the log has not taken all events of this poll yet") from refusal


@jobs.handler(lease_seconds=120, max_attempts=5)
def enact(run: jobs.Run) -> dict[str, Any] | None:
    """Put a passed proposal in force."""
    proposal = Proposal.objects.get(pk=run.payload["proposal"])
    if proposal.state != State.PASSED:
        return None
    version = enacting.enact(proposal)
    return {"version": version.number} if version else None


@jobs.handler(lease_seconds=120, max_attempts=5)
def end_unratified(run: jobs.Run) -> dict[str, Any] | None:
    """End the office that members did not ratify."""
    enacting.end_unratified(Proposal.objects.get(pk=run.payload["proposal"]))
    return None


@jobs.handler(lease_seconds=300, max_attempts=5)
def tell_election(run: jobs.Run) -> dict[str, Any] | None:
    """Tell members that candidates are sought."""
    return {"told": notices.election_called(Election.objects.get(pk=run.payload["election"]))}


@jobs.handler(lease_seconds=300, max_attempts=5)
def tell_poll_opened(run: jobs.Run) -> dict[str, Any] | None:
    """Tell the electorate that a poll is open."""
    return {"told": notices.poll_opened(Poll.objects.get(pk=run.payload["poll"]))}


@jobs.handler(lease_seconds=300, max_attempts=5)
def tell_voters(run: jobs.Run) -> dict[str, Any] | None:
    """Tell voters of the ballots cast in their names."""
    told = 0
    while number := notices.ballots_cast():
        told += number
        run.check()
    return {"told": told}


jobs.every(10, "governance.jobs.tell_voters", when=UntoldBallot.objects.exists)


@jobs.handler(lease_seconds=600, max_attempts=8)
def scrub(run: jobs.Run) -> dict[str, Any] | None:
    """Rewrite the tables that held secret ballots, so that the disk keeps no trace of them."""
    if not secrecy.scrub():
        raise jobs.Retry("somebody still reads the tables as they were")
    return None


@jobs.handler(lease_seconds=300, max_attempts=5)
def tell_secret_poll_closed(run: jobs.Run) -> dict[str, Any] | None:
    """Tell those who voted in a secret poll that it has closed, and how the log stands."""
    return {"told": notices.secret_poll_closed(Poll.objects.get(pk=run.payload["poll"]))}


@jobs.handler(lease_seconds=300, max_attempts=5)
def tell_new_norms(run: jobs.Run) -> dict[str, Any] | None:
    """Ask every member to acknowledge a version."""
    return {"told": notices.new_norms(NormsVersion.objects.get(pk=run.payload["version"]))}


@jobs.handler(lease_seconds=300, max_attempts=3)
def sweep(run: jobs.Run) -> dict[str, Any] | None:
    """Take every step that a deadline has made due."""
    founding.begin()
    founding.end_if_due()
    for campaign in NormsCampaign.objects.filter(told_at=None).select_related("version"):
        notices.new_norms(campaign.version)
    return advancing.sweep()


def is_due() -> bool:
    """Whether the sweep would find something: asked before every one."""
    steps = Proposal.objects.filter(state__in=advancing.TIMED, ends_at__lte=DbNow())
    polls = Poll.objects.filter(
        Q(state__in=advancing.UNDERWAY)
        | Q(state=PollState.OPEN, closes_at__lte=DbNow())
        | Q(state=PollState.TALLIED, certifies_at__lte=DbNow())
    )
    return steps.exists() or advancing.ripe().exists() or polls.exists() or election_is_due()


def election_is_due() -> bool:
    """Whether an election has a step to take, or the next one has to be called."""
    election = offices.under_way()
    if election is None:
        seated = Election.objects.filter(state=ElectionState.SEATED).exists()
        return seated and bool(offices.vacancies(calling.horizon()))
    if election.state == ElectionState.NOMINATING:
        return election.nominations_until <= db_now()
    return election.poll is not None and election.poll.state in advancing.SETTLED


jobs.every(15, "governance.jobs.sweep", when=is_due)


@jobs.handler(lease_seconds=60, max_attempts=3)
def look_after_founding(run: jobs.Run) -> dict[str, Any] | None:
    """Record the first norms, and end founding mode when there are members enough."""
    founding.begin()
    return {"ended": founding.end_if_due()}


def founding_lasts() -> bool:
    return not Founding.objects.filter(ended_at__isnull=False).exists()


jobs.every(60, "governance.jobs.look_after_founding", when=founding_lasts)
