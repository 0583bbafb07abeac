"""Yes, no or abstain. Passed when yes reaches a share of yes + no; abstaining counts to a quorum.

Rule: `{"method": "threshold", "threshold": {"share": "2/3", "comparison": ">="}}`, with
`"quorum": {"counts": "cast" | "decided" | "yes", …}`. Nothing is divided: two thirds with >= is
3·yes >= 2·(yes + no). An even split under a strict half is a tie, not a rejection.
"""

from dataclasses import dataclass
from fractions import Fraction

from governance.tally import ballots
from governance.tally.ballots import Ballot, Votes
from governance.tally.errors import RuleError
from governance.tally.fields import Fields
from governance.tally.outcome import Finding
from governance.tally.quorum import Quorum

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Threshold:
    share: Fraction
    comparison: str
    options: tuple[str, ...]
    quorum: Quorum | None

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Threshold":
        if set(options) - {"abstain"} != {"yes", "no"}:
            raise RuleError("The options of a threshold vote are yes, no and perhaps abstain.")
        fields = rule.object("threshold")
        share = fields.number("share")
        comparison = fields.word("comparison", (">=", ">"))
        fields.done()
        if not 0 < share <= 1 or (share == 1 and comparison == ">"):
            raise RuleError("The rule's share must lie above 0 and be reachable.")
        return cls(share, comparison, options, Quorum.of(rule, ("cast", "decided", "yes")))

    def normal(self, ballot: object) -> Ballot:
        return ballots.choice(ballot, self.options)

    def count(self, votes: Votes) -> Finding:
        counts = dict.fromkeys(self.options, 0) | {ballot: number for number, ballot in votes}
        yes, decided = counts["yes"], counts["yes"] + counts["no"]
        left, right = yes * self.share.denominator, decided * self.share.numerator
        reached = decided > 0 and (left > right or (left == right and self.comparison == ">="))
        step = {
            "kind": "threshold",
            "counts": counts,
            "decided": decided,
            "share": str(self.share),
            "comparison": self.comparison,
            "left": left,
            "right": right,
            "reached": reached,
        }
        if reached:
            return Finding("passed", winners=["yes"], steps=[step])
        if left == right and decided and self.share == HALF:
            return Finding("tie", tied=["no", "yes"], steps=[step])
        return Finding("rejected", steps=[step])
