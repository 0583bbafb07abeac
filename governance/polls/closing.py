"""Closing polls: no ballot follows, then the count, then the time to challenge it."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from governance.policies import CHALLENGE_HOURS
from governance.polls import secrecy
from governance.polls.models import (
    Ballot,
    Contender,
    OpenedBallot,
    Poll,
    PollResult,
    PollState,
)
from governance.proposals import steps
from governance.tally import tally
from portal import events, jobs
from portal.clock import db_now
from portal.errors import Invalid, NotNow
from portal.events.models import LogHead, LogLeaf
from portal.policies import value

if TYPE_CHECKING:
    from governance.proposals.models import Proposal
    from portal.people.models import Person

ENACT = "governance.jobs.enact"
UNRATIFIED = "governance.jobs.end_unratified"
DEEDS = {"passed": "pass", "tie": "tie", "no_quorum": "miss_quorum"}


def close(poll: Poll) -> bool:
    """Close a poll whose time is over; return whether it closed now.

    Taking its row waits for casts in flight and keeps any further one out.
    """
    with transaction.atomic():
        poll = Poll.objects.select_for_update().get(pk=poll.pk)
        if poll.state != PollState.OPEN or poll.closes_at is None or db_now() < poll.closes_at:
            return False
        Poll.objects.filter(pk=poll.pk).update(state=PollState.CLOSING)
        cast = poll.electorate.exclude(ballot="").count()
        body = {"cast": cast, "electorate": poll.electorate_size}
        events.record("governance:poll:closed", subject=f"poll:{poll.pk}", body=body)
    return True


def counted_ballots(poll: Poll) -> "Iterator[Ballot | OpenedBallot]":
    """Yield the ballots that count: those that the slots name, or the opened secret ones."""
    yield from secrecy.opened_ballots(poll) if poll.secret else _named_ballots(poll)


def _named_ballots(poll: Poll) -> Iterator[Ballot]:
    rows = Ballot.objects.filter(entry__poll=poll, id=F("entry__ballot"))
    yield from rows.select_related("entry").order_by("commitment").iterator(2000)


def count(poll: Poll) -> PollResult | None:
    """Count a closed poll, once; the same result is returned again.

    None while the lot's seed is not there: it is the root of the log's first head after the close;
    and where the ballots of a secret poll can never be opened.
    """
    existing = PollResult.objects.filter(poll=poll).first()
    if existing is not None:
        return existing
    if secrecy.is_stuck(poll):
        return None
    if poll.secret:
        secrecy.unseal(poll)
    seed = seed_of(poll) if "lot" in poll.rule else None
    if "lot" in poll.rule and seed is None:
        return None
    rule = seeded(poll.rule, seed)
    record = counted_record(poll, rule)
    with transaction.atomic():
        poll = Poll.objects.select_for_update().get(pk=poll.pk)
        existing = PollResult.objects.filter(poll=poll).first()
        if existing is not None:
            return existing
        if poll.state != PollState.CLOSING:
            raise NotNow
        return _written(poll, rule, seed.note if seed else "", record)


def counted_record(poll: Poll, rule: dict[str, Any]) -> dict[str, Any]:
    """Return the count with its steps.

    Where single ballots are not published, the commitments stand for what was counted: a hash over
    the ballots themselves could be found by trying.
    """
    choices = ((1, ballot.choice) for ballot in counted_ballots(poll))
    record: dict[str, Any] = tally(rule, poll.keys(), choices).as_json()
    if poll.publishes == secrecy.COUNTS:
        names = "\n".join(sorted(ballot.commitment for ballot in counted_ballots(poll)))
        record["input_hash"] = hashlib.sha256(names.encode()).hexdigest()
    return record


def seed_of(poll: Poll) -> LogHead | None:
    """Return the first head that was signed over the poll's closing."""
    rows = LogLeaf.objects.filter(
        event__subject=f"poll:{poll.pk}", event__kind="governance:poll:closed"
    )
    leaf = rows.first()
    if leaf is None:
        return None
    heads = LogHead.objects.filter(size__gt=leaf.index).select_related("key")
    return heads.order_by("size", "pk").first()


def seeded(rule: dict[str, Any], seed: LogHead | None) -> dict[str, Any]:
    if seed is None:
        return rule
    return rule | {"lot": rule["lot"] | {"root": bytes(seed.root).hex()}}


def _written(poll: Poll, rule: dict[str, Any], seed: str, record: dict[str, Any]) -> PollResult:
    now, cast = db_now(), record["ballots"]
    certifies = now + dt.timedelta(hours=value(CHALLENGE_HOURS.name))
    Poll.objects.filter(pk=poll.pk).update(state=PollState.TALLIED, certifies_at=certifies)
    body = {name: record[name] for name in ("outcome", "winners", "tied", "input_hash")}
    body |= {"cast": cast, "rule_hash": poll.rule_hash, "record_hash": record_hash(record)}
    result = PollResult.objects.create(
        poll=poll,
        outcome=record["outcome"],
        cast=cast,
        input_hash=record["input_hash"],
        rule=rule,
        seed_head=seed,
        record=record,
        winner=_winner(poll, record),
        at=now,
        event=events.record("governance:poll:counted", subject=f"poll:{poll.pk}", body=body),
    )
    if poll.proposal is not None:
        steps.take(poll.proposal, DEEDS.get(result.outcome, "reject"), ends_at=certifies)
    for row in poll.in_contest():
        steps.take(row.proposal, _deed(row, result), ends_at=certifies)
    return result


def _winner(poll: Poll, record: dict[str, Any]) -> "Proposal | None":
    """Return the amendment that won a vote between several; the default is none."""
    elected = record["winners"] if record["outcome"] == "elected" else ()
    found = [row.proposal for row in poll.in_contest() if row.key in elected]
    return found[0] if found else None


def _deed(row: Contender, result: PollResult) -> str:
    """Return what the count means for one of several amendments."""
    if row.proposal_id == result.winner_id:
        return "pass"
    if row.key in result.record["tied"]:
        return "tie"
    short = [step["dropped"] for step in result.steps if step["kind"] == "quorum"]
    return "miss_quorum" if any(row.key in dropped for dropped in short) else "reject"


def record_hash(record: dict[str, Any]) -> str:
    return hashlib.sha256(events.canonical(record)).hexdigest()


def certify(poll: Poll) -> bool:
    """Let a count stand after the time to challenge it; what passed is then enacted."""
    with transaction.atomic():
        poll = Poll.objects.select_for_update().get(pk=poll.pk)
        due = poll.certifies_at is not None and poll.certifies_at <= db_now()
        if poll.state != PollState.TALLIED or not due:
            return False
        Poll.objects.filter(pk=poll.pk).update(state=PollState.CERTIFIED)
        events.record("governance:poll:certified", subject=f"poll:{poll.pk}")
        passed = poll.result.passed
        if passed is not None:
            jobs.enqueue(ENACT, str(passed.pk), {"proposal": passed.pk})
        elif poll.proposal is not None and poll.proposal.kind == "ratification":
            jobs.enqueue(UNRATIFIED, str(poll.proposal_id), {"proposal": poll.proposal_id})
    return True


def annul(poll: Poll, *, by: "Person", reason: str) -> None:
    """Let a count not stand, within the time to challenge it, with a reason for everybody."""
    if not reason.strip():
        raise Invalid(_("Say why, for everybody to read."))
    with transaction.atomic():
        poll = Poll.objects.select_for_update().get(pk=poll.pk)
        if poll.state != PollState.TALLIED and not secrecy.is_stuck(poll):
            raise NotNow
        Poll.objects.filter(pk=poll.pk).update(state=PollState.ANNULLED)
        events.record(
            "governance:poll:annulled",
            actor=by,
            subject=f"poll:{poll.pk}",
            body={"reason": reason},
        )
        result = PollResult.objects.filter(poll=poll).first()
        passed = result.passed if result else None
        if passed is not None and passed.state == "passed":
            steps.take(passed, "annul", by=by, note=reason)
