"""What a count comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Result = Literal[
    "passed",  # yes/no: the threshold is reached
    "rejected",  # yes/no: it is not
    "elected",  # every seat that can be filled is filled
    "default",  # ranked: the default option stands
    "tie",  # seats or the decision are open between `tied`; `winners` are certain all the same
    "no_quorum",  # too few took part; nothing is decided, whatever the counts say
    "invalid",  # no ballot expresses anything the method could count
]
Step = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """What a method found, before the quorum is asked."""

    outcome: Result
    winners: Sequence[str] = ()
    tied: Sequence[str] = ()
    steps: Sequence[Step] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of a count, with the record that lets anyone follow it.

    `winners` in the order of election where there is one. `quorum`: None, or what was needed and
    what was counted. `steps`: plain JSON, integers and text only.
    """

    outcome: Result
    winners: tuple[str, ...]
    tied: tuple[str, ...]
    quorum: Mapping[str, Any] | None
    steps: tuple[Step, ...]
    ballots: int
    rule_id: str
    rule_hash: str
    input_hash: str
    version: int = field(default=1)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, the same for equal input on every machine."""
        return {
            "version": self.version,
            "outcome": self.outcome,
            "winners": list(self.winners),
            "tied": list(self.tied),
            "quorum": dict(self.quorum) if self.quorum is not None else None,
            "ballots": self.ballots,
            "steps": [dict(step) for step in self.steps],
            "rule_id": self.rule_id,
            "rule_hash": self.rule_hash,
            "input_hash": self.input_hash,
        }
