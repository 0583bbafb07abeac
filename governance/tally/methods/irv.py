"""Instant runoff, for one seat: until somebody has more than half, the lowest is out.

One option at a time, except where several lowest have so little together that every order takes
all of them out. A tie for the lowest place: with the rule's published lot, whoever was lowest in
the most recent round in which they differ is out, then who is drawn first. Without a lot every way
of breaking it is counted: if all elect the same option it is elected, otherwise those that can win
are tied.

Rule: `{"method": "irv"}`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from governance.tally import ballots, lots
from governance.tally.ballots import Ballot, Votes
from governance.tally.fields import Fields
from governance.tally.lots import Lot
from governance.tally.outcome import Finding, Step
from governance.tally.quorum import Quorum

Orders = dict[tuple[str, ...], int]
Counts = dict[str, int]
MOST_WAYS = 20_000


@dataclass(frozen=True)
class Irv:
    options: tuple[str, ...]
    withdrawn: frozenset[str]
    quorum: Quorum | None
    lot: Lot | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Irv":
        withdrawn = rule.names("withdrawn", options)
        return cls(options, withdrawn, Quorum.of(rule, ("cast", "valid")), Lot.of(rule))

    def normal(self, ballot: object) -> Ballot:
        return ballots.ranking(ballot, self.options)

    def count(self, votes: Votes) -> Finding:
        standing = [option for option in self.options if option not in self.withdrawn]
        orders = ballots.preferences(votes, standing)
        void = orders.pop((), 0)
        if not orders:
            return Finding("invalid", steps=[{"kind": "ballots", "valid": 0, "void": void}])
        steps: list[Step] = [{"kind": "ballots", "valid": sum(orders.values()), "void": void}]
        rounds: list[Counts] = []
        while True:
            counts, exhausted = first_preferences(orders, standing)
            rounds.append(counts)
            step = _round(len(rounds), counts, exhausted)
            steps.append(step)
            if step["elected"]:
                return Finding("elected", step["elected"], steps=steps)
            step["eliminated"] = out = together(counts) or self._broken(counts, rounds, steps)
            if not out:
                return self._every_way(orders, standing, steps)
            standing = [option for option in standing if option not in out]
            step["transfers"] = _moved(counts, first_preferences(orders, standing)[0])

    def _broken(self, counts: Counts, rounds: Sequence[Counts], steps: list[Step]) -> list[str]:
        """Break a tie for the lowest by the rounds before and the lot; nothing without a lot."""
        if self.lot is None or self.lot.root is None:
            return []
        tied = lowest_in_history(lowest(counts), rounds)
        if len(tied) > 1:
            order, record = lots.drawn(self.lot, tied, why="eliminated") or (tied, {})
            steps.append(record)
            return order[:1]
        return tied

    def _every_way(self, orders: Orders, standing: Sequence[str], steps: list[Step]) -> Finding:
        found = possible_winners(orders, standing)
        tied = lowest(first_preferences(orders, standing)[0])
        winners = sorted(found if found is not None else standing)
        steps.append(
            {"kind": "ways", "tied": tied, "winners": winners, "all_counted": found is not None}
        )
        if len(winners) == 1:
            return Finding("elected", winners, steps=steps)
        return Finding("tie", tied=winners, steps=steps)


def first_preferences(orders: Orders, standing: Iterable[str]) -> tuple[Counts, int]:
    """Return each standing option's ballots, and how many ballots name none of them any more."""
    counts = dict.fromkeys(standing, 0)
    exhausted = 0
    for order, number in orders.items():
        for option in order:
            if option in counts:
                counts[option] += number
                break
        else:
            exhausted += number
    return counts, exhausted


def lowest(counts: Counts) -> list[str]:
    least = min(counts.values())
    return [option for option, number in counts.items() if number == least]


def together(counts: Counts) -> list[str]:
    """Return the lowest, if there is one, or several that every order would take out."""
    out = lowest(counts)
    others = [number for option, number in counts.items() if option not in out]
    if len(out) == 1 or (others and sum(counts[option] for option in out) < min(others)):
        return out
    return []


def lowest_in_history(tied: list[str], rounds: Sequence[Counts]) -> list[str]:
    """Return those of `tied` who were lowest in the most recent round in which they differ."""
    for counts in reversed(rounds):
        tied = lowest({option: counts[option] for option in tied})
    return tied


def possible_winners(orders: Orders, standing: Sequence[str]) -> set[str] | None:
    """Return who wins in some way of breaking ties; None if there are too many ways to count."""
    winners: set[str] = set()
    waiting = [frozenset(standing)]
    seen = set(waiting)
    while waiting:
        counts, _ = first_preferences(orders, sorted(waiting.pop()))
        elected = majority(counts)
        if elected:
            winners.update(elected)
            continue
        out = together(counts)
        for gone in [out] if out else [[option] for option in lowest(counts)]:
            rest = frozenset(counts) - set(gone)
            if rest not in seen:
                seen.add(rest)
                waiting.append(rest)
        if len(seen) > MOST_WAYS:
            return None
    return winners


def majority(counts: Counts) -> list[str]:
    total = sum(counts.values())
    return [option for option, number in counts.items() if 2 * number > total]


def _round(number: int, counts: Counts, exhausted: int) -> Step:
    return {
        "kind": "round",
        "number": number,
        "votes": counts,
        "exhausted": exhausted,
        "needed": sum(counts.values()) // 2 + 1,
        "elected": majority(counts),
        "eliminated": [],
    }


def _moved(before: Counts, after: Counts) -> Counts:
    return {option: after[option] - before[option] for option in after}
