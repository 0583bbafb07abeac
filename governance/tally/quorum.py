"""How many must take part for a result to hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from governance.tally.ballots import Votes
from governance.tally.errors import RuleError
from governance.tally.fields import Fields

EACH_OPTION = "above_default"  # asked of every option by itself, in the ranked method


@dataclass(frozen=True)
class Quorum:
    """At least `needed` of what `counts` names.

    `cast`: every ballot, blank and abstaining ones too. `valid`: those that say something.
    `decided` and `yes`: of a yes/no vote. `above_default`: see the ranked method; `each` is then
    what every option needs, where they need different numbers, and `needed` the largest of these.
    """

    counts: str
    needed: Fraction
    eligible: int | None
    each: dict[str, Fraction] = field(default_factory=dict)

    @classmethod
    def of(
        cls, rule: Fields, known: tuple[str, ...], passable: Collection[str] = ()
    ) -> "Quorum | None":
        """Read `quorum` and `eligible`. `known`: what the method can count to a quorum.

        `{"counts": …, "at_least": N}`, or `{"counts": …, "share": "1/4"}` of `eligible`; where
        each option is asked by itself, `at_least` may be an object of all that are `passable`.
        """
        eligible = rule.whole("eligible", least=0) if "eligible" in rule else None
        if "quorum" not in rule:
            return None
        fields = rule.object("quorum")
        counts = fields.word("counts", known)
        if "share" in fields:
            if eligible is None:
                raise RuleError("A quorum that is a share needs the rule's field “eligible”.")
            needed = fields.number("share") * eligible
        elif counts == EACH_OPTION and isinstance(fields.left.get("at_least"), Mapping):
            asked = fields.object("at_least")
            each = {option: asked.number(option) for option in sorted(passable)}
            asked.done()
            fields.done()
            return cls(counts, max(each.values(), default=Fraction(0)), eligible, each)
        else:
            needed = fields.number("at_least")
        fields.done()
        return cls(counts, needed, eligible)

    def needed_of(self, option: str) -> Fraction:
        return self.each.get(option, self.needed)

    def asked(self, votes: Votes) -> dict[str, Any]:
        """Return the record: `needed` is exact text, since a share may not be a whole number."""
        counted = turnout(votes, self.counts)
        return {
            "counts": self.counts,
            "needed": str(self.needed),
            "counted": counted,
            "eligible": self.eligible,
            "met": counted >= self.needed,
        }


def turnout(votes: Votes, counts: str) -> int:
    """Return how many ballots `counts` names."""
    match counts:
        case "cast":
            return sum(number for number, _ in votes)
        case "valid":
            return sum(number for number, ballot in votes if ballot)
        case "decided":
            return sum(number for number, ballot in votes if ballot in ("yes", "no"))
        case "yes":
            return sum(number for number, ballot in votes if ballot == "yes")
    raise ValueError(counts)
