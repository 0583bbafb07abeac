"""Seats: given to the winners of an election, and after a vacancy to the next in the same count."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from governance.elections import calling, offices
from governance.elections.models import Candidacy, Election, ElectionState, Role, RoleGrant, Way
from governance.norms import founding
from governance.policies import COMMITTEE_TERM
from governance.polls import closing
from governance.polls.models import Poll, PollState
from governance.tally import tally
from portal.clock import db_now
from portal.errors import Forbidden
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

DECIDED = ("elected", "tie")  # of a tie those who are certain take their seats


def seat(election: Election) -> list[RoleGrant]:
    """Give the winners of a certified count their seats, once."""
    with transaction.atomic():
        election = Election.objects.select_for_update().get(pk=election.pk)
        if election.state != ElectionState.VOTING or election.poll is None:
            return calling.holders(election)
        if election.poll.state == PollState.ANNULLED:
            calling.fail(election, "its count was annulled")
            return []
        if election.poll.state != PollState.CERTIFIED:
            return []
        chosen = winners(election)
        if not chosen:
            calling.fail(election, "nobody was elected")
            return []
        made = _seated(election, chosen)
        Election.objects.filter(pk=election.pk).update(state=ElectionState.SEATED)
        calling.record(election, "seated", None, people=[g.person.opaque for g in made])
        founding.end("the first election")
    return made


def winners(election: Election) -> list[Candidacy]:
    """Return who takes a seat, in the order of the count; who may not is passed over in favour of
    the next."""
    poll = election.poll
    if poll is None or poll.result.outcome not in DECIDED:
        return []
    gone: set[str] = set()
    while True:
        order = poll.result.record["winners"] if not gone else counted_without(poll, gone)
        found = _by_key(election, order)
        unfit = _first_unfit(found, _staying())
        if unfit is None:
            return found
        gone.add(unfit.key)


def counted_without(poll: Poll, gone: Collection[str]) -> list[str]:
    """Return the winners of the same ballots by the same rule, without some of the candidates."""
    if len(gone) >= len(poll.options):
        return []
    rule = poll.result.rule | {"withdrawn": sorted(gone)}
    ballots = [(1, ballot.choice) for ballot in closing.counted_ballots(poll)]
    return list(tally(rule, poll.keys(), ballots).winners)


def _by_key(election: Election, order: Sequence[str]) -> list[Candidacy]:
    rows = {c.key: c for c in election.candidacies.select_related("person")}
    return [rows[key] for key in order if key in rows]


def _staying() -> list[RoleGrant]:
    """Return the members whose terms go on when the elected take their seats."""
    return [held for held in offices.committee() if held.ends_at > calling.horizon()]


def _first_unfit(found: Sequence[Candidacy], held: "list[RoleGrant]") -> Candidacy | None:
    """Return the first who withdrew, is gone, sits already, or is one too many of an employer."""
    seats: list[Any] = list(held)
    sitting = {grant.person_id for grant in held}
    for candidate in found:
        fit = candidate.withdrawn_at is None and candidate.person_id not in sitting
        if not (
            fit and _may_serve(candidate.person) and offices.room_for(candidate.employer, seats)
        ):
            return candidate
        seats.append(candidate)
    return None


def _may_serve(person: "Person") -> bool:
    if not person.is_active or person.is_erased:
        return False
    try:
        offices.refuse_too_many_terms(person)
    except Forbidden:
        return False
    return True


def _seated(election: Election, chosen: Sequence[Candidacy]) -> list[RoleGrant]:
    """Vacant seats begin now, the others when their holders' terms end."""
    now, first = db_now(), not RoleGrant.objects.filter(role=Role.COMMITTEE).exists()
    leaving = [held.ends_at for held in offices.committee() if held.ends_at <= calling.horizon()]
    free = max(0, election.seats - len(leaving))
    starts = [now] * free + leaving
    made = []
    for number, candidate in enumerate(chosen[: election.seats]):
        start = starts[number] if number < len(starts) else now
        short = first and number >= (len(chosen) + 1) // 2
        made.append(
            offices.grant(
                person=candidate.person,
                role=Role.COMMITTEE,
                way=Way.ELECTED,
                cause=f"poll:{election.poll_id}",
                election=election,
                employer=candidate.employer,
                starts_at=start,
                ends_at=start + _term(short=short),
            )
        )
    return made


def _term(*, short: bool) -> dt.timedelta:
    """Return a term; a short one is half as long, so that not all seats end together."""
    days = value(COMMITTEE_TERM.name)
    return dt.timedelta(days=days // 2 if short else days)


def fill(left: RoleGrant) -> RoleGrant | None:
    """Give a seat that was left to the next in the count it came from, for the rest of the term.

    None where nobody is next: the committee may then co-opt somebody.
    """
    election = left.election
    if left.role != Role.COMMITTEE or election is None or election.poll is None:
        return None
    following = next_in(election)
    now = db_now()
    if following is None or left.ends_at <= now:
        return None
    return offices.grant(
        person=following.person,
        role=Role.COMMITTEE,
        way=Way.COUNTED_BACK,
        cause=f"poll:{election.poll_id}",
        election=election,
        employer=following.employer,
        starts_at=max(now, left.starts_at),
        ends_at=left.ends_at,
    )


def next_in(election: Election) -> Candidacy | None:
    """Count the election's ballots again without those who left it, and return who comes next."""
    poll, sitting = election.poll, offices.committee()
    if poll is None:
        return None
    holding = {held.person_id for held in RoleGrant.objects.not_over().filter(role=Role.COMMITTEE)}
    gone = {
        c.key
        for c in election.candidacies.select_related("person")
        if c.person_id not in holding
        and (c.withdrawn_at or _has_left(election, c) or not _may_serve(c.person))
    }
    while True:
        for candidate in _by_key(election, counted_without(poll, gone)):
            if candidate.person_id in holding:
                continue
            if offices.room_for(candidate.employer, sitting):
                return candidate
            gone.add(candidate.key)
            break
        else:
            return None


def _has_left(election: Election, candidate: Candidacy) -> bool:
    rows = election.grants.filter(person=candidate.person, revoked_at__isnull=False)
    return rows.exists()
