"""Scottish STV: the single transferable vote as Scotland's councils are elected.

Source: Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to 52;
rule numbers below are its. Weighted inclusive Gregory transfers: a surplus moves every ballot the
candidate holds, each at its value times surplus over total, cut off after five decimals. Votes are
whole hundred-thousandths here (`unit`), so nothing is ever rounded that the rules do not round.

A tie (largest surplus, or lowest to exclude) is broken by the most recent stage in which they
differ, then by the rule's published lot; without a lot the count stops and says between whom. Only
options without a single vote are then excluded together: nothing moves, whatever their order.

Rule: `{"method": "stv", "seats": 3, "lot": {"poll": "…", "root": "…"}}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.tally import ballots
from governance.tally.ballots import Ballot, Votes
from governance.tally.fields import Fields
from governance.tally.lots import Lot
from governance.tally.methods.stages import UNIT, Stages
from governance.tally.outcome import Finding
from governance.tally.quorum import Quorum


@dataclass(frozen=True)
class Stv:
    options: tuple[str, ...]
    withdrawn: frozenset[str]
    seats: int
    quorum: Quorum | None
    lot: Lot | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Stv":
        withdrawn = rule.names("withdrawn", options)
        seats = rule.whole("seats", least=1)
        return cls(options, withdrawn, seats, Quorum.of(rule, ("cast", "valid")), Lot.of(rule))

    def normal(self, ballot: object) -> Ballot:
        return ballots.ranking(ballot, self.options)

    def count(self, votes: Votes) -> Finding:
        standing = [option for option in self.options if option not in self.withdrawn]
        orders = ballots.preferences(votes, standing)
        void = orders.pop((), 0)
        valid = sum(orders.values())
        quota = valid // (self.seats + 1) + 1  # rule 46
        facts = {"valid": valid, "void": void, "seats": self.seats, "quota": quota, "unit": UNIT}
        steps = [{"kind": "quota"} | facts]
        if not valid:
            return Finding("invalid", steps=steps)
        stages = Stages(orders, standing, self.seats, quota * UNIT, self.lot)
        tied = _run(stages)
        steps += stages.steps
        return Finding("tie" if tied else "elected", stages.elected, tied, steps)


def _run(stages: Stages) -> Sequence[str]:
    """Count stage by stage until every seat is filled; return those between whom it stopped."""
    stages.first()
    while not stages.is_complete():
        surplus = stages.largest_surplus()
        if surplus:
            chosen = stages.chosen(surplus, "surplus", least=False)
            if chosen is None:
                return surplus
            stages.transfer_surplus(chosen)
            continue
        lowest = stages.lowest()
        chosen = stages.chosen(lowest, "exclusion", least=True)
        if chosen is None and not stages.may_go_together(lowest):
            return lowest
        stages.exclude([chosen] if chosen is not None else lowest)
    return ()
