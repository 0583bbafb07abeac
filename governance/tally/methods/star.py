"""STAR and Bloc STAR: score every option, then an automatic runoff between the two best.

Each seat is a round of its own over those not yet seated. Ladders, and no chance in them. For a
place in the runoff: the highest total; then most votes won head to head against the others who are
level, added up; then most ballots with the highest score. In the runoff: preferred by more
ballots; then the higher total; then most ballots with the highest score. What is level after that
is a tie. As many options as seats, or fewer, are all elected. `caps` take out of the next rounds
those whose group has its seats.

Rule: `{"method": "star", "seats": 1, "max_score": 5}`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from governance.tally import ballots
from governance.tally.ballots import Ballot, Votes
from governance.tally.caps import Caps
from governance.tally.fields import Fields
from governance.tally.outcome import Finding, Step
from governance.tally.quorum import Quorum

Counts = dict[str, int]
Rung = tuple[str, Callable[[Sequence[str]], Counts]]


@dataclass(frozen=True)
class Star:
    options: tuple[str, ...]
    withdrawn: frozenset[str]
    seats: int
    max_score: int
    caps: Caps
    quorum: Quorum | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Star":
        withdrawn = rule.names("withdrawn", options)
        seats = rule.whole("seats", least=1, default=1)
        max_score = rule.whole("max_score", least=1, most=100, default=5)
        caps = Caps.of(rule, options)
        quorum = Quorum.of(rule, ("cast", "valid"))
        return cls(options, withdrawn, seats, max_score, caps, quorum)

    def normal(self, ballot: object) -> Ballot:
        return ballots.scores(ballot, self.options, self.max_score)

    def count(self, votes: Votes) -> Finding:
        waiting = [option for option in self.options if option not in self.withdrawn]
        table = Table(votes, self.max_score)
        if not any(table.totals(waiting).values()):
            return Finding("invalid", steps=[{"kind": "scores", "totals": table.totals(waiting)}])
        winners: list[str] = []
        steps: list[Step] = []
        while waiting and len(winners) < self.seats:
            if len(waiting) <= self.seats - len(winners) and not self.caps.groups:
                steps.append({"kind": "unopposed", "totals": table.totals(waiting)})
                return Finding("elected", winners + waiting, steps=steps)
            seated, tied = _round(table, waiting, len(winners) + 1, steps)
            if seated is None:
                return Finding("tie", winners, tied, steps)
            winners.append(seated)
            waiting = [
                option
                for option in waiting
                if option != seated and self.caps.room_for([*winners, option]) > len(winners)
            ]
        return Finding("elected", winners, steps=steps)


class Table:
    """The scores given, asked in the three ways of the ladders."""

    def __init__(self, votes: Votes, max_score: int) -> None:
        self.votes = votes
        self.max_score = max_score

    def totals(self, options: Sequence[str]) -> Counts:
        return {o: sum(n * scores.get(o, 0) for n, scores in self.votes) for o in options}

    def highest(self, options: Sequence[str]) -> Counts:
        return {
            o: sum(n for n, scores in self.votes if scores.get(o, 0) == self.max_score)
            for o in options
        }

    def preferred(self, a: str, b: str) -> int:
        return sum(n for n, scores in self.votes if scores.get(a, 0) > scores.get(b, 0))

    def head_to_head(self, options: Sequence[str]) -> Counts:
        return {a: sum(self.preferred(a, b) for b in options if b != a) for a in options}


def _round(
    table: Table, waiting: Sequence[str], seat: int, steps: list[Step]
) -> tuple[str | None, Sequence[str]]:
    """Return who takes the seat, or None and those between whom nothing decides."""
    totals = table.totals(waiting)
    places: list[Rung] = [
        ("total", table.totals),
        ("head_to_head", table.head_to_head),
        ("highest", table.highest),
    ]
    finalists, level, ladder = climb(waiting, 2, places)
    step: Step = {"kind": "scores", "seat": seat, "totals": totals, "finalists": finalists}
    steps.append(step | {"level": level, "ladder": ladder[1:]})
    if level:
        return None, level
    if len(finalists) == 1:
        return finalists[0], []
    runoff: list[Rung] = [
        ("preferred", table.head_to_head),
        ("total", table.totals),
        ("highest", table.highest),
    ]
    winner, level, ladder = climb(sorted(finalists), 1, runoff)
    counts = ladder[0]["counts"]
    equal = sum(number for number, _ in table.votes) - sum(counts.values())
    step = {"kind": "runoff", "seat": seat, "counts": counts, "equal": equal, "winner": winner[:1]}
    steps.append(step | {"level": level, "ladder": ladder[1:]})
    return (winner[0] if winner else None), level


def climb(
    options: Sequence[str], places: int, ladder: Sequence[Rung]
) -> tuple[list[str], list[str], list[Step]]:
    """Fill `places` from the highest down; return who has one, who stayed level, and the rungs.

    On each rung those clearly ahead are placed, those behind are out, and only those level for
    what is left are asked the next question.
    """
    placed: list[str] = []
    level = list(options)
    record: list[Step] = []
    for name, question in ladder:
        counts = question(level)
        record.append({"by": name, "counts": counts})
        free = places - len(placed)
        ranked = sorted(level, key=lambda option: (-counts[option], option))
        if len(ranked) <= free:
            return placed + ranked, [], record
        last = counts[ranked[free - 1]]
        ahead = [option for option in ranked if counts[option] > last]
        level = [option for option in ranked if counts[option] == last]
        placed += ahead
        if len(level) <= places - len(placed):
            return placed + level, [], record
    return placed, sorted(level), record
