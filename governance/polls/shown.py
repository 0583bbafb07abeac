"""A poll as its pages and the API show it: nothing by option before the close, on any door."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.polls import secrecy
from governance.polls.models import Poll, PollResult
from governance.tally.quorum import EACH_OPTION


def rule_words(poll: Poll) -> list[str]:
    """Return the rule of a poll in sentences."""
    words = [METHODS[poll.method]()] if poll.method in METHODS else []
    words += [*_threshold_words(poll.rule), *_quorum_words(poll.rule), *_default_words(poll)]
    words += _words_of_each(poll)
    if poll.rule.get("seats"):
        words.append(_("Chosen: %(seats)s.") % {"seats": poll.rule["seats"]})
    if "lot" in poll.rule:
        words.append(
            _("A tie that the rule breaks by lot uses the log's first head after the close.")
        )
    if poll.publishes == secrecy.COUNTS:
        words.append(
            _(
                "Single ballots are not published, because few or long ones would tell whose they "
                "are: the counts and all commitments are."
            )
        )
    return words


def _threshold_words(rule: dict[str, Any]) -> Iterator[str]:
    threshold = rule.get("threshold")
    if threshold:
        sentence = (
            _("Passed with at least %(share)s yes of yes and no together.")
            if threshold["comparison"] == ">="
            else _("Passed with more than %(share)s yes of yes and no together.")
        )
        yield sentence % {"share": threshold["share"]}


def _quorum_words(rule: dict[str, Any]) -> Iterator[str]:
    needed = rule.get("quorum", {}).get("at_least")
    if needed is None or isinstance(needed, dict):
        return
    if rule["quorum"]["counts"] == EACH_OPTION:
        sentence = ngettext(
            "An option counts if at least %(number)s member prefers it to that.",
            "An option counts if at least %(number)s members prefer it to that.",
            needed,
        )
    else:
        sentence = ngettext(
            "Valid if at least %(number)s member takes part; abstaining counts.",
            "Valid if at least %(number)s members take part; abstaining counts.",
            needed,
        )
    yield sentence % {"number": needed}


def _default_words(poll: Poll) -> Iterator[str]:
    default = poll.rule.get("default")
    if not default:
        return
    label = poll.label(default)
    yield _("“%(option)s” stands unless another option beats it.") % {"option": label}
    most = max([Fraction(1), *map(Fraction, poll.rule.get("ratio", {}).values())])
    if most > 1 and not isinstance(poll.rule.get("comparison"), dict):
        yield _("An option has to beat it by %(ratio)s to 1.") % {"ratio": most}


def _words_of_each(poll: Poll) -> Iterator[str]:
    """Say by which rule each of several amendments passes."""
    comparisons = poll.rule.get("comparison")
    if not isinstance(comparisons, dict):
        return
    for key, comparison in comparisons.items():
        sentence = (
            _(
                "“%(option)s” passes if at least %(number)s prefer it to that, and at least "
                "%(ratio)s times as many as prefer that to it."
            )
            if comparison == ">="
            else _(
                "“%(option)s” passes if at least %(number)s prefer it to that, and more than "
                "%(ratio)s times as many as prefer that to it."
            )
        )
        number, ratio = poll.rule["quorum"]["at_least"][key], poll.rule["ratio"][key]
        yield sentence % {"option": poll.label(key), "number": number, "ratio": ratio}


METHODS = {
    "threshold": lambda: _("Yes, no or abstain."),
    "approval": lambda: _("Each names any number of options; those named most often are chosen."),
    "star": lambda: _("Each scores every option; the two best meet in a runoff."),
    "schulze": lambda: _("Each ranks the options; they are compared in pairs (Schulze)."),
    "irv": lambda: _("Each ranks the options; the last is struck until one has more than half."),
    "stv": lambda: _("Each ranks the options; seats are filled in proportion (Scottish STV)."),
}


def outcome_words(result: PollResult) -> tuple[str, str]:
    """Return what came out, and the kind of banner that repeats it."""
    said = {
        "passed": (_("Passed"), "good"),
        "rejected": (_("Rejected"), "bad"),
        "elected": (_("Decided"), "good"),
        "default": (_("Everything stays as it is"), "info"),
        "tie": (_("A tie"), "warn"),
        "no_quorum": (_("Too few took part"), "warn"),
        "invalid": (_("No ballot said anything that could be counted"), "warn"),
    }
    return said[result.outcome]


def counts(result: PollResult) -> dict[str, int]:
    """Return votes by option where the method has one number for each."""
    for step in result.steps:
        for name in ("counts", "totals", "approvals"):
            if isinstance(step.get(name), dict):
                found: dict[str, int] = step[name]
                return found
    return {}


def record(poll: Poll) -> dict[str, Any]:
    """Return a poll as plain JSON. Results stand in it from the count on."""
    found: dict[str, Any] = {
        "number": poll.pk,
        "proposal": poll.proposal_id,
        "question": {"en": poll.question_en, "zh": poll.question_zh},
        "state": poll.state,
        "method": poll.method,
        "options": poll.options,
        "rule": poll.rule,
        "rule_hash": poll.rule_hash,
        "rule_class": poll.rule_class,
        "secret": poll.secret,
        "publishes": poll.publishes,
        "electorate_size": poll.electorate_size,
        "electorate_hash": poll.electorate_hash,
        "excluded": poll.excluded,
        "opens_at": poll.opens_at,
        "closes_at": poll.closes_at,
        "certifies_at": poll.certifies_at,
        "result": None,
    }
    if poll.is_counted:
        found["result"] = poll.result.record
    return found
