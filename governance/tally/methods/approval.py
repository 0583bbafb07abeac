"""Approval: each ballot names any number of options; those named most often take the seats.

Options that nobody approves take no seat. `caps` may limit how many seats one group (an employer)
takes: who would exceed it is passed over. A tie that matters, at the last seat or at a group's
last place, is broken by the rule's published lot if it has one, and reported otherwise; seats that
no way of breaking it would change are certain all the same.

Rule: `{"method": "approval", "seats": 5, "caps": {"most": 2, "groups": {"option": "group"}}}`.
"""

from collections import Counter
from dataclasses import dataclass

from governance.tally import ballots, lots
from governance.tally.ballots import Ballot, Votes
from governance.tally.caps import Caps
from governance.tally.fields import Fields
from governance.tally.lots import Lot
from governance.tally.outcome import Finding, Step
from governance.tally.quorum import Quorum


@dataclass(frozen=True)
class Approval:
    options: tuple[str, ...]
    withdrawn: frozenset[str]
    seats: int
    caps: Caps
    quorum: Quorum | None
    lot: Lot | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Approval":
        withdrawn = rule.names("withdrawn", options)
        seats = rule.whole("seats", least=1)
        caps = Caps.of(rule, options)
        quorum = Quorum.of(rule, ("cast", "valid"))
        return cls(options, withdrawn, seats, caps, quorum, Lot.of(rule))

    def normal(self, ballot: object) -> Ballot:
        return ballots.approvals(ballot, self.options)

    def count(self, votes: Votes) -> Finding:
        counts = {option: 0 for option in self.options if option not in self.withdrawn}
        for number, approved in votes:
            for option in set(approved) & set(counts):
                counts[option] += number
        steps: list[Step] = [
            {
                "kind": "approvals",
                "counts": counts,
                "seats": self.seats,
                "groups": self.caps.told(counts),
            }
        ]
        approved = {option: number for option, number in counts.items() if number}
        if not approved:
            return Finding("invalid", steps=steps)
        return self._seated(approved, steps)

    def _seated(self, counts: dict[str, int], steps: list[Step]) -> Finding:
        certain = [option for option in counts if self._is_certain(option, counts)]
        certain.sort(key=lambda option: (-counts[option], option))
        tied = [
            option
            for option in counts
            if option not in certain and self._is_possible(option, counts)
        ]
        if not tied:
            return Finding("elected", certain, steps=steps)
        lot = lots.drawn(self.lot, tied, why="seat")
        if lot is None:
            return Finding("tie", certain, tied, steps)
        order, step = lot
        places = {option: place for place, option in enumerate(order)}
        ranked = sorted(counts, key=lambda o: (-counts[o], places.get(o, -1), o))
        return Finding("elected", self._filled(ranked), steps=[*steps, step])

    # Seats with caps are the bases of a matroid, filled from the highest count down: an option is
    # seated in some way of breaking ties if those above it leave it room, and in every way if
    # leaving it out of those level with it or above would leave a seat empty.
    def _is_possible(self, option: str, counts: dict[str, int]) -> bool:
        above = [other for other in counts if counts[other] > counts[option]]
        return self._filling([*above, option]) > self._filling(above)

    def _is_certain(self, option: str, counts: dict[str, int]) -> bool:
        level = [other for other in counts if counts[other] >= counts[option]]
        others = [other for other in level if other != option]
        return self._filling(level) > self._filling(others)

    def _filling(self, options: list[str]) -> int:
        """Return how many seats these options can fill."""
        return min(self.seats, self.caps.room_for(options))

    def _filled(self, ranked: list[str]) -> list[str]:
        taken: list[str] = []
        groups: Counter[str] = Counter()
        for option in ranked:
            group = self.caps.groups.get(option)
            if len(taken) < self.seats and (group is None or groups[group] < self.caps.most):
                taken.append(option)
                groups[group or ""] += 1
        return taken
