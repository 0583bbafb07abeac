"""Ranked ballots, counted as the Debian constitution (A.5 in its 2004 text) does.

Unranked is last; equal ranks are allowed. With a `default` option, those that too few rank above
it (`quorum` that counts `above_default`: V(o, d) >= R) and then those that do not beat it by their
`ratio` (V(o, d) > N · V(d, o); `comparison` may be >=) are dropped. Among the rest the weakest
defeats inside the Schwartz set are dropped until none is left in it (Schulze; strength is winning
votes, then fewer losing votes). More than one survivor is a tie, which nothing here breaks: a lot,
if the rule has one, is drawn for everybody to see and decides nothing.

Rule: `{"method": "schulze", "default": "…", "ratio": {"…": 3}, "comparison": ">"}`, all optional
but the first. Where options need different rules, `comparison`, and `at_least` of the quorum, are
objects like `ratio`, with an entry for each option that could pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from governance.tally import ballots, lots
from governance.tally.ballots import Ballot, Votes
from governance.tally.errors import RuleError
from governance.tally.fields import Fields
from governance.tally.lots import Lot
from governance.tally.outcome import Finding, Step
from governance.tally.quorum import EACH_OPTION, Quorum

Matrix = dict[str, dict[str, int]]
Defeat = tuple[str, str]


@dataclass(frozen=True)
class Schulze:
    options: tuple[str, ...]
    withdrawn: frozenset[str]
    default: str | None
    ratio: dict[str, Fraction]
    comparison: str | dict[str, str]
    quorum: Quorum | None
    lot: Lot | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Schulze":
        default = rule.text("default") if "default" in rule else None
        withdrawn = rule.names("withdrawn", options)
        if default is not None and default not in set(options) - withdrawn:
            raise RuleError("The rule's default is not one of the options.")
        passable = set(options) - {default}
        ratio = _ratios(rule, passable) if default is not None else {}
        comparison = _comparison(rule, passable) if "comparison" in rule else ">"
        known = ("cast", "valid") if default is None else ("cast", "valid", EACH_OPTION)
        quorum = Quorum.of(rule, known, passable)
        return cls(options, withdrawn, default, ratio, comparison, quorum, Lot.of(rule))

    def normal(self, ballot: object) -> Ballot:
        return ballots.ranking(ballot, self.options)

    def count(self, votes: Votes) -> Finding:
        standing = [option for option in self.options if option not in self.withdrawn]
        matrix = pairwise(votes, standing)
        steps: list[Step] = [{"kind": "pairwise", "matrix": matrix}]
        if not any(option in matrix for _, ranks in votes for rank in ranks for option in rank):
            return self._nobody_ranks(steps)
        standing = self._filtered(standing, matrix, steps)
        left = schwartz_winners(standing, matrix, steps)
        return self._found(left, steps)

    def _nobody_ranks(self, steps: list[Step]) -> Finding:
        if self.default is not None:
            return Finding("default", winners=[self.default], steps=steps)
        return Finding("invalid", steps=steps)

    def _filtered(self, standing: list[str], matrix: Matrix, steps: list[Step]) -> list[str]:
        if self.default is None:
            return standing
        if self.quorum is not None and self.quorum.counts == EACH_OPTION:
            standing = _enough(standing, matrix, self.default, self.quorum, steps)
        return self._beating_default(standing, matrix, steps)

    def _beating_default(self, standing: list[str], matrix: Matrix, steps: list[Step]) -> list[str]:
        default = str(self.default)
        dropped, record = [], {}
        for option in standing:
            if option == default:
                continue
            ratio = self.ratio.get(option, Fraction(1))
            ahead, behind = matrix[option][default], matrix[default][option]
            left, right = ahead * ratio.denominator, behind * ratio.numerator
            if not (left > right or (left == right and self._compares(option) == ">=")):
                dropped.append(option)
            record[option] = {"for": ahead, "against": behind, "ratio": str(ratio)}
        steps.append(
            {
                "kind": "ratio",
                "default": default,
                "comparison": self.comparison,
                "options": record,
                "dropped": dropped,
            }
        )
        return [option for option in standing if option not in dropped]

    def _compares(self, option: str) -> str:
        each = self.comparison
        return each if isinstance(each, str) else each[option]

    def _found(self, left: Sequence[str], steps: list[Step]) -> Finding:
        if len(left) > 1:
            lot = lots.drawn(self.lot, left, why="shown only")
            return Finding("tie", tied=left, steps=[*steps, lot[1]] if lot else steps)
        return Finding("default" if left[0] == self.default else "elected", left, steps=steps)


def pairwise(votes: Votes, standing: Sequence[str]) -> Matrix:
    """Return `matrix[a][b]`: how many ballots rank `a` above `b`."""
    places = {option: place for place, option in enumerate(standing)}
    size = len(standing)
    table = [[0] * size for _ in standing]
    for number, ranks in votes:
        below = set(range(size))
        for rank in ranks:
            equal = [places[option] for option in rank if option in places]
            below.difference_update(equal)
            for above in equal:
                row = table[above]
                for other in below:
                    row[other] += number
    return {
        a: {b: table[i][j] for j, b in enumerate(standing) if j != i}
        for i, a in enumerate(standing)
    }


def schwartz_winners(standing: Sequence[str], matrix: Matrix, steps: list[Step]) -> list[str]:
    """Drop the weakest defeats inside the Schwartz set until it has none; return the set."""
    defeats = {
        (a, b): (matrix[a][b], -matrix[b][a])
        for a in standing
        for b in standing
        if a != b and matrix[a][b] > matrix[b][a]
    }
    left = list(standing)
    steps.append({"kind": "defeats", "defeats": [_told(pair, matrix) for pair in sorted(defeats)]})
    while True:
        left = schwartz_set(left, defeats)
        inside = {pair: defeats[pair] for pair in sorted(defeats) if set(pair) <= set(left)}
        weakest = min(inside.values(), default=None)
        dropped = [pair for pair, strength in inside.items() if strength == weakest]
        steps.append(
            {
                "kind": "schwartz",
                "set": left,
                "dropped": [_told(pair, matrix) for pair in dropped],
            }
        )
        if not inside:
            return left
        for pair in dropped:
            del defeats[pair]


def schwartz_set(standing: Sequence[str], defeats: dict[Defeat, tuple[int, int]]) -> list[str]:
    """Return those who defeat, in one step or many, everyone who so defeats them."""
    places = {option: place for place, option in enumerate(standing)}
    reach = [0] * len(standing)  # one bit for each option that is reached
    for a, b in defeats:
        if a in places and b in places:
            reach[places[a]] |= 1 << places[b]
    for middle in range(len(reach)):
        through = reach[middle]
        for start in range(len(reach)):
            if reach[start] >> middle & 1:
                reach[start] |= through
    return [
        option
        for option, place in places.items()
        if all(
            reach[place] >> other & 1
            for other in range(len(reach))
            if other != place and reach[other] >> place & 1
        )
    ]


def _told(pair: Defeat, matrix: Matrix) -> list[str | int]:
    a, b = pair
    return [a, b, matrix[a][b], matrix[b][a]]


def _enough(
    standing: list[str], matrix: Matrix, default: str, quorum: Quorum, steps: list[Step]
) -> list[str]:
    counts = {option: matrix[option][default] for option in standing if option != default}
    dropped = [option for option, ahead in counts.items() if ahead < quorum.needed_of(option)]
    steps.append(
        {
            "kind": "quorum",
            "default": default,
            "needed": {option: str(number) for option, number in quorum.each.items()}
            or str(quorum.needed),
            "counts": counts,
            "dropped": dropped,
        }
    )
    return [option for option in standing if option not in dropped]


def _ratios(rule: Fields, known: set[str]) -> dict[str, Fraction]:
    if "ratio" not in rule:
        return {}
    fields = rule.object("ratio")
    if not set(fields.left) <= known:
        raise RuleError("The rule's “ratio” names something that is not an option to be passed.")
    return {option: fields.number(option) for option in sorted(fields.left)}


def _comparison(rule: Fields, passable: set[str]) -> str | dict[str, str]:
    known = (">", ">=")
    if isinstance(rule.left["comparison"], str):
        return rule.word("comparison", known)
    fields = rule.object("comparison")
    found = {option: fields.word(option, known) for option in sorted(passable)}
    fields.done()
    return found
