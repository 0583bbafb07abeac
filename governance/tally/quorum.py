"""How many must take part for a result to hold."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from governance.tally.fields import Fields

EACH_OPTION = "above_default"  # asked of every option by itself, in the ranked method


@dataclass(frozen=True)
class Quorum:
    """`needed` of what `counts` names: `cast` (every ballot, blank and abstaining ones too) ..."""

    counts: str
    needed: Fraction
    eligible: int | None

    @classmethod
    def of(cls, rule: Fields, known: tuple[str, ...]) -> "Quorum | None":
        """Read `quorum` and `eligible`. `known`: what the method can count to a quorum.

        `{"counts": …, "at_least": N}`, or `{"counts": …, "share": "1/4"}` of `eligible`.
        """
        eligible = rule.whole("eligible", least=0) if "eligible" in rule else None
        if "quorum" not in rule:
            return None
        fields = rule.object("quorum")
        counts = fields.word("counts", known)
        if "share" in fields:
            needed = fields.number("share") * (rule_eligible(rule, eligible))
        else:
            needed = fields.number("at_least")
        fields.done()
        return cls(counts, needed, eligible)

    def asked(self, counted: int) -> dict[str, Any]:
        """Return the record: `needed` is exact text, since a share may not be a whole number."""
        return {
            "counts": self.counts,
            "needed": str(self.needed),
            "counted": counted,
            "eligible": self.eligible,
            "met": counted >= self.needed,
        }


def rule_eligible(rule: Fields, eligible: int | None) -> int:
    return eligible if eligible is not None else rule.whole("eligible", least=0)
