"""Opening polls: electorate, rule and options are fixed, then ballots are taken."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from governance import rules
from governance.policies import VOTING_DAYS
from governance.polls import electorate, sealing, secrecy
from governance.polls.models import STAYS, Contender, Poll, PollState
from governance.proposals import steps
from governance.tally import check_rule, rule_hash
from portal import events, jobs
from portal.clock import db_now
from portal.events import canonical
from portal.policies import value

if TYPE_CHECKING:
    from governance.proposals.models import Proposal

OPEN_POLL = "governance.jobs.open_poll"
TELL_OPENED = "governance.jobs.tell_poll_opened"
YES_NO = [
    {"key": rules.YES, "en": "Yes", "zh": "赞成"},
    {"key": rules.NO, "en": "No", "zh": "反对"},
    {"key": rules.ABSTAIN, "en": "Abstain", "zh": "弃权"},
]


def schedule(proposal: "Proposal") -> Poll:
    """Make the poll of a frozen proposal; a job opens it. Call it in the freezing transaction."""
    title = proposal.title
    poll = Poll.objects.create(
        proposal=proposal,
        revision=proposal.revision,
        question_en=title,
        question_zh=title,
        method="threshold",
        options=YES_NO,
        created_at=db_now(),
        secret=proposal.grant_id is not None and secrecy.offered(),
    )
    events.record(
        "governance:poll:scheduled",
        subject=f"poll:{poll.pk}",
        body={"proposal": proposal.pk, "revision": proposal.revision.sha256},  # type: ignore[union-attr]
    )
    jobs.enqueue(OPEN_POLL, str(poll.pk), {"poll": poll.pk})
    return poll


def schedule_between(proposals: "Sequence[Proposal]") -> Poll:
    """Make the one ranked poll of frozen amendments that compete; a job opens it.

    Call it in the freezing transaction.
    """
    poll = Poll.objects.create(
        question_en="Which of these amendments, if any?",
        question_zh="在这些修正案中选哪一个，还是都不选？",
        method="schulze",
        options=[*map(option_of, proposals), STAYS],
        created_at=db_now(),
    )
    Contender.objects.bulk_create(
        Contender(poll=poll, proposal=proposal, revision=proposal.revision)
        for proposal in proposals
    )
    said = {str(proposal.pk): proposal.revision.sha256 for proposal in proposals}  # type: ignore[union-attr]
    events.record("governance:poll:scheduled", subject=f"poll:{poll.pk}", body={"proposals": said})
    jobs.enqueue(OPEN_POLL, str(poll.pk), {"poll": poll.pk})
    return poll


def option_of(proposal: "Proposal") -> dict[str, str]:
    title = proposal.title
    return {
        "key": f"p{proposal.pk}",
        "en": f"Proposal {proposal.pk}: {title}",
        "zh": f"提案 {proposal.pk}：{title}",
    }


def open_poll(poll: Poll) -> None:
    """Take the snapshot and open. Safe to run again after it was interrupted."""
    moved = Poll.objects.filter(pk=poll.pk, state=PollState.SCHEDULED)
    moved.update(state=PollState.OPENING)
    poll.refresh_from_db()
    if poll.state != PollState.OPENING:
        return
    electorate.snapshot(poll, _since(poll))
    with transaction.atomic():
        poll = Poll.objects.select_for_update().get(pk=poll.pk)
        if poll.state == PollState.OPENING:
            _open(poll)


def _since(poll: Poll) -> dt.datetime:
    held = [poll.proposal] if poll.proposal else [row.proposal for row in poll.in_contest()]
    since = [one.deliberation_at for one in held if one.deliberation_at is not None]
    return min(since, default=poll.created_at)


def _open(poll: Poll) -> None:
    if poll.proposal is not None and poll.proposal.state != "frozen":
        _call_off(poll)
        return
    pseudonyms = list(poll.electorate.values_list("pseudonym", flat=True))
    since, now = _since(poll), db_now()
    contenders: list[Contender] = []
    poll.electorate_size, poll.electorate_hash = len(pseudonyms), electorate.digest(pseudonyms)
    poll.excluded = electorate.excluded(since)
    if poll.proposal is not None:
        poll.rule_class = rules.of_proposal(poll.proposal)
        poll.rule = rules.yes_no(poll.rule_class, len(pseudonyms))
    elif contenders := poll.in_contest():
        contenders = _still_standing(poll, contenders)
        if not contenders:
            return
    check_rule(poll.rule, poll.keys())
    poll.rule_hash, poll.options_hash = rule_hash(poll.rule), options_hash(poll.options)
    if poll.secret:
        poll.sealed_to = sealing.make(poll.pk)
        poll.publishes = secrecy.publishes(poll, len(pseudonyms))
    lasts = poll.lasts or dt.timedelta(days=value(VOTING_DAYS.name))
    poll.opens_at, poll.closes_at = now, now + lasts
    poll.state = PollState.OPEN
    poll.save()
    events.record("governance:poll:opened", subject=f"poll:{poll.pk}", body=opening_record(poll))
    for proposal in [poll.proposal] if poll.proposal else [row.proposal for row in contenders]:
        steps.take(proposal, "open", ends_at=poll.closes_at)
    jobs.enqueue(TELL_OPENED, str(poll.pk), {"poll": poll.pk})


def _call_off(poll: Poll) -> None:
    """There is nothing to vote on any more: whatever it was about was withdrawn."""
    Poll.objects.filter(pk=poll.pk).update(state=PollState.ANNULLED)
    body = {"reason": "withdrawn before the vote"}
    events.record("governance:poll:annulled", subject=f"poll:{poll.pk}", body=body)


def _still_standing(poll: Poll, contenders: "list[Contender]") -> "list[Contender]":
    """Fix the rule of each amendment that was not withdrawn; where all were, there is no vote."""
    standing = [row for row in contenders if row.proposal.state == "frozen"]
    if not standing:
        _call_off(poll)
        return []
    for row in standing:
        row.rule_class = rules.of_proposal(row.proposal)
        row.save(update_fields=["rule_class"])
    classes = {row.key: row.rule_class for row in standing}
    poll.options = [option for option in poll.options if option["key"] in {*classes, STAYS["key"]}]
    poll.rule_class = max(classes.values(), key=lambda name: rules.RANK[name])
    poll.rule = rules.between(classes, STAYS["key"], poll.electorate_size)
    return standing


def options_hash(options: Sequence[dict[str, str]]) -> str:
    return hashlib.sha256(canonical(list(options))).hexdigest()


def opening_record(poll: Poll) -> dict[str, Any]:
    """Return what is fixed when a poll opens: the body of its event, and part of its export."""
    said = {"secret": {"sealed_to": poll.sealed_to, "publishes": poll.publishes}}
    between = [
        {"option": row.key, "revision": row.revision.sha256, "rule_class": row.rule_class}
        for row in (() if poll.proposal_id else poll.in_contest())
    ]
    return (
        (said if poll.secret else {})
        | ({"between": between} if between else {})
        | {
            "poll": poll.pk,
            "proposal": poll.proposal_id,
            "revision": poll.revision.sha256 if poll.revision else "",
            "rule": poll.rule,
            "rule_hash": poll.rule_hash,
            "rule_class": poll.rule_class,
            "options": poll.options,
            "options_hash": poll.options_hash,
            "electorate_hash": poll.electorate_hash,
            "electorate_size": poll.electorate_size,
            "excluded": poll.excluded,
            "opens_at": poll.opens_at.isoformat() if poll.opens_at else "",
            "closes_at": poll.closes_at.isoformat() if poll.closes_at else "",
        }
    )
