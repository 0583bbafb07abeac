"""Advisory polls: the community is asked, and nothing follows by itself."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.polls import secrecy
from governance.polls.models import Poll
from governance.polls.opening import OPEN_POLL
from governance.refusals import NoSecrecy
from governance.tally import RuleError, check_rule
from governance.tally.quorum import EACH_OPTION
from portal import events, jobs
from portal.clock import db_now
from portal.errors import Invalid

if TYPE_CHECKING:
    from portal.people.models import Person

WITH_SEATS = ("approval", "star", "stv")
WITH_LOT = ("approval", "schulze", "irv", "stv")


def ask(
    *,
    by: "Person",
    question_en: str,
    question_zh: str,
    method: str,
    options: Sequence[Mapping[str, str]],
    seats: int = 1,
    lasts: dt.timedelta | None = None,
    secret: bool = False,
    default: str = "",
    majority: int = 1,
    quorum: int = 0,
) -> Poll:
    """Schedule a poll on `options` (`{"key", "en", "zh"}`); a job opens it.

    `lasts`: how long it is open; default the setting's days. `default`: the option that stands
    unless another beats it by `majority` to one (Schulze only). `quorum`: how many have to rank an
    option above the default, or where there is none, how many have to take part.
    Its class of rule is empty: the database lets nothing be enacted by it.
    """
    if not question_en.strip() or not question_zh.strip():
        raise Invalid(_("A poll needs its question in English and in Chinese."))
    if secret and not secrecy.offered():
        raise NoSecrecy
    with transaction.atomic():
        poll = Poll.objects.create(
            question_en=question_en.strip(),
            question_zh=question_zh.strip(),
            method=method,
            options=[dict(option) for option in options],
            by=by,
            created_at=db_now(),
            lasts=lasts,
            secret=secret,
        )
        poll.rule = rule_of(poll, seats) | thresholds(poll, default, majority, quorum)
        try:
            check_rule(poll.rule, poll.keys())
        except RuleError as error:
            raise Invalid(str(error)) from error
        poll.save(update_fields=["rule"])
        events.record("governance:poll:scheduled", actor=by, subject=f"poll:{poll.pk}")
        jobs.enqueue(OPEN_POLL, str(poll.pk), {"poll": poll.pk})
    return poll


def rule_of(poll: Poll, seats: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": f"advisory-{poll.method}", "method": poll.method}
    if poll.method in WITH_SEATS:
        rule["seats"] = seats
    if poll.method == "star":
        rule["max_score"] = 5
    if poll.method in WITH_LOT:
        rule["lot"] = {"poll": str(poll.pk)}
    return rule


def thresholds(poll: Poll, default: str, majority: int, quorum: int) -> dict[str, Any]:
    """Return what a rule says of a default option and a quorum, as Debian does."""
    if default and poll.method != "schulze":
        raise Invalid(_("Only a ranked poll compared in pairs has a default option."))
    rule: dict[str, Any] = {}
    if default:
        others = [option["key"] for option in poll.options if option["key"] != default]
        rule = {"default": default, "ratio": dict.fromkeys(others, majority)}
    if quorum:
        counts = EACH_OPTION if default else "cast"
        rule["quorum"] = {"counts": counts, "at_least": quorum}
    return rule
