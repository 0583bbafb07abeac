"""`tally`: a rule, options and ballots in; an outcome with its record out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from governance.tally.ballots import Ballot, Votes, gather
from governance.tally.canonical import digest
from governance.tally.errors import RuleError
from governance.tally.fields import Fields, is_name
from governance.tally.methods.approval import Approval
from governance.tally.methods.irv import Irv
from governance.tally.methods.schulze import Schulze
from governance.tally.methods.star import Star
from governance.tally.methods.stv import Stv
from governance.tally.methods.threshold import Threshold
from governance.tally.outcome import Finding, Outcome
from governance.tally.quorum import EACH_OPTION, Quorum

MOST_OPTIONS = 100


class Method(Protocol):
    """A method with its part of a rule read."""

    @property
    def quorum(self) -> Quorum | None: ...

    def normal(self, ballot: object) -> Ballot: ...
    def count(self, votes: Votes) -> Finding: ...


METHODS: dict[str, Callable[[Fields, tuple[str, ...]], Method]] = {
    "threshold": Threshold.of,
    "schulze": Schulze.of,
    "approval": Approval.of,
    "star": Star.of,
    "stv": Stv.of,
    "irv": Irv.of,
}


def tally(
    rule: Mapping[str, Any], options: Sequence[str], ballots: Iterable[tuple[int, Ballot]]
) -> Outcome:
    """Count `ballots`, pairs of a number and a ballot, by `rule`.

    Neither the order of the ballots nor that of the options makes a difference. Raises `RuleError`
    and `BallotError`, whose message is a sentence that can be shown.
    """
    names = checked_options(options)
    rule_id, method = read(rule, names)
    votes = gather(ballots, method.normal)
    finding = method.count(votes)
    quorum = _asked(method.quorum, votes)
    met = quorum is None or quorum["met"]
    return Outcome(
        outcome=finding.outcome if met else "no_quorum",
        winners=tuple(finding.winners) if met else (),
        tied=tuple(finding.tied) if met else (),
        quorum=quorum,
        steps=tuple(finding.steps),
        ballots=sum(number for number, _ in votes),
        rule_id=rule_id,
        rule_hash=rule_hash(rule),
        input_hash=digest({"rule": plain(rule), "options": names, "ballots": votes}),
    )


def check_rule(rule: Mapping[str, Any], options: Sequence[str]) -> None:
    """Raise `RuleError` unless ballots over `options` can be counted by `rule`."""
    read(rule, checked_options(options))


def normal_ballot(rule: Mapping[str, Any], options: Sequence[str], ballot: object) -> Ballot:
    """Return the one form in which a ballot is kept, committed to and published.

    Raises `RuleError`, and `BallotError` for a ballot that the rule's method does not know.
    """
    _, method = read(rule, checked_options(options))
    return method.normal(ballot)


def rule_hash(rule: Mapping[str, Any]) -> str:
    """Return the hash of a rule as it is frozen when a poll opens.

    The seed of the lot is the log's root when the poll has closed: it is no part of this hash.
    """
    frozen = plain(rule)
    if isinstance(frozen.get("lot"), dict):
        frozen["lot"].pop("root", None)
    return digest(frozen)


def read(rule: Mapping[str, Any], options: tuple[str, ...]) -> tuple[str, Method]:
    """Return the rule's id and its method, ready to count."""
    fields = Fields(rule, "The rule")
    rule_id = fields.text("id", default="")
    method = METHODS[fields.word("method", tuple(METHODS))](fields, options)
    fields.done()
    return rule_id, method


def checked_options(options: object) -> tuple[str, ...]:
    """Return the options in the one order of the record."""
    if not isinstance(options, list | tuple) or not 0 < len(options) <= MOST_OPTIONS:
        raise RuleError(f"The options must be a list of 1 to {MOST_OPTIONS}.")
    if not all(map(is_name, options)) or len(set(options)) != len(options):
        raise RuleError("The options must be texts that are not empty, each named once.")
    return tuple(sorted(options))


def plain(value: Any) -> Any:
    """Return a rule as plain JSON: exact numbers as the texts that `Fields.number` reads."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Fraction) or not isinstance(value, str | int | None):
        return str(value)
    return value


def _asked(quorum: Quorum | None, votes: Votes) -> dict[str, Any] | None:
    if quorum is None or quorum.counts == EACH_OPTION:
        return None
    return quorum.asked(votes)
