"""Elections: called, stood in, voted on and seated; each step asks again under a lock."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.elections import offices
from governance.elections.models import Candidacy, Election, ElectionState, Role, RoleGrant
from governance.policies import (
    CHALLENGE_HOURS,
    COMMITTEE_METHOD,
    NOMINATION_DAYS,
    PER_EMPLOYER,
    VOTING_DAYS,
)
from governance.polls import electorate, secrecy
from governance.polls.models import Poll
from governance.polls.opening import OPEN_POLL
from governance.refusals import NoSecrecy, NotEligible
from portal import events, jobs
from portal.clock import DbNow, db_now
from portal.errors import Forbidden, Invalid, NotNow
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

FEWEST = 2
MOST = 60


class NoSeatToFill(NotNow):
    code = "NoSeatToFill"
    default = _("No seat of the committee is vacant or ends soon.")


class ElectionUnderWay(NotNow):
    code = "ElectionUnderWay"
    default = _("An election is under way already.")


class NominationsClosed(NotNow):
    code = "NominationsClosed"
    default = _("The list of candidates is closed.")


def horizon() -> dt.datetime:
    """Return when the winners of an election that is called now could take their seats."""
    days = value(NOMINATION_DAYS.name) + value(VOTING_DAYS.name)
    return db_now() + dt.timedelta(days=days + 1, hours=value(CHALLENGE_HOURS.name))


def call(*, by: "Person | None" = None, cause: str = "") -> Election:
    """Seek candidates for the seats that will be vacant; members are told."""
    if not secrecy.offered():
        raise NoSecrecy
    with transaction.atomic():
        if offices.under_way() is not None:
            raise ElectionUnderWay
        seats = offices.vacancies(horizon())
        if not seats:
            raise NoSeatToFill
        now = db_now()
        election = Election.objects.create(
            seats=seats,
            cause=cause,
            by=by,
            called_at=now,
            nominations_until=now + dt.timedelta(days=value(NOMINATION_DAYS.name)),
        )
        record(election, "called", by, seats=seats)
        jobs.enqueue("governance.jobs.tell_election", str(election.pk), {"election": election.pk})
    return election


def call_if_due() -> Election | None:
    """Call the next election in time, once there has been a first one."""
    if not Election.objects.filter(state=ElectionState.SEATED).exists():
        return None
    if offices.under_way() is not None or not offices.vacancies(horizon()):
        return None
    return call()


# --- candidates ---------------------------------------------------------------------------------
def nominate(election: Election, *, by: "Person", person: "Person") -> Candidacy:
    """Propose somebody, who is told and may then stand."""
    from governance import notices

    with transaction.atomic():
        _refuse_closed(election)
        refuse_unfit(person)
        made, fresh = Candidacy.objects.get_or_create(
            election=election,
            person=person,
            defaults={"nominated_by": by, "nominated_at": db_now()},
        )
        if fresh:
            record(election, "nominated", by, person=person.opaque)
            if person.pk != by.pk:
                notices.nominated(made)
    return made


def stand(election: Election, *, by: "Person", employer: str, statement: str) -> Candidacy:
    """Stand as a candidate, or change what one says. `employer` "": one has none."""
    statement, employer = statement.strip(), " ".join(employer.split())
    if not statement or len(statement) > 5000 or len(employer) > 120:
        raise Invalid(_("Say in at most 5,000 characters why you stand."))
    with transaction.atomic():
        made = nominate(election, by=by, person=by)
        if election.candidacies.standing().exclude(pk=made.pk).count() >= MOST:
            raise NominationsClosed
        now = db_now()
        Candidacy.objects.filter(pk=made.pk).update(
            employer=employer,
            statement=statement,
            language=(by.language or "en")[:2],
            accepted_at=made.accepted_at or now,
            withdrawn_at=None,
        )
        record(election, "stood", by)
    made.refresh_from_db()
    return made


def withdraw(election: Election, *, by: "Person") -> None:
    """Stand no more. After the list has closed, a seat won goes to the next in the count."""
    if election.state not in (ElectionState.NOMINATING, ElectionState.VOTING):
        raise NominationsClosed
    with transaction.atomic():
        mine = Candidacy.objects.filter(election=election, person=by, withdrawn_at=None)
        if mine.update(withdrawn_at=db_now()):
            record(election, "withdrawn", by)


def refuse_unfit(person: "Person") -> None:
    if not electorate.is_member(person):
        raise NotEligible
    if offices.holds(person, Role.RETURNS_OFFICER):
        raise Forbidden(_("A returns officer is no candidate."))
    offices.refuse_too_many_terms(person)


def _refuse_closed(election: Election) -> None:
    rows = Election.objects.filter(
        pk=election.pk, state=ElectionState.NOMINATING, nominations_until__gt=DbNow()
    )
    if not rows.exists():
        raise NominationsClosed


# --- the vote -----------------------------------------------------------------------------------
def close_list(election: Election) -> None:
    """Close the list of candidates and schedule the vote; with too few the election has failed."""
    with transaction.atomic():
        election = Election.objects.select_for_update().get(pk=election.pk)
        due = election.nominations_until <= db_now()
        if election.state != ElectionState.NOMINATING or not due:
            return
        candidates = list(election.candidacies.standing().select_related("person"))
        if len(candidates) < FEWEST:
            fail(election, "fewer than two candidates")
            return
        poll = _poll(election, candidates)
        Election.objects.filter(pk=election.pk).update(state=ElectionState.VOTING, poll=poll)
        record(election, "listed", None, candidates=[c.person.opaque for c in candidates])
        jobs.enqueue(OPEN_POLL, str(poll.pk), {"poll": poll.pk})


def _poll(election: Election, candidates: "list[Candidacy]") -> Poll:
    poll = Poll.objects.create(
        question_en=f"Election {election.pk}: committee",
        question_zh=f"第 {election.pk} 次选举：委员会",
        method=value(COMMITTEE_METHOD.name),
        rule_class="election",
        # names would stay in the log for good: options are opaque there, and named on the pages
        options=[{"key": c.key, "en": c.person.opaque, "zh": c.person.opaque} for c in candidates],
        created_at=db_now(),
        secret=True,
    )
    poll.rule = rule_of(poll, election.seats, candidates)
    poll.save(update_fields=["rule"])
    events.record("governance:poll:scheduled", subject=f"poll:{poll.pk}")
    return poll


def rule_of(poll: Poll, seats: int, candidates: "list[Candidacy]") -> dict[str, Any]:
    """Return the rule of a committee election. STV knows no caps: seating keeps them there."""
    rule: dict[str, Any] = {"id": f"election-{poll.method}", "method": poll.method, "seats": seats}
    if poll.method == "star":
        rule["max_score"] = 5
    else:
        rule["lot"] = {"poll": str(poll.pk)}
    groups = sorted({c.group for c in candidates if c.group})
    if groups and poll.method != "stv":
        named = {c.key: f"e{groups.index(c.group)}" for c in candidates if c.group}
        rule["caps"] = {"most": value(PER_EMPLOYER.name), "groups": named}
    return rule


def fail(election: Election, why: str) -> None:
    Election.objects.filter(pk=election.pk).update(state=ElectionState.FAILED)
    record(election, "failed", None, why=why)


def record(election: Election, action: str, by: "Person | None", **body: Any) -> None:
    events.record(
        f"governance:election:{action}", actor=by, subject=f"election:{election.pk}", body=body
    )


def holders(election: Election) -> "list[RoleGrant]":
    return list(election.grants.select_related("person").order_by("pk"))
