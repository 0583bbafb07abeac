"""Which rule a vote follows: decided by what it touches, never by who proposes."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from governance.norms.clauses import under
from governance.policies import (
    ENTRENCHED,
    ENTRENCHED_CLAUSES,
    ENTRENCHED_QUORUM,
    ENTRENCHED_SHARE,
    QUORUM,
    SHARE,
)
from portal.policies import value
from portal.policies.registry import find

if TYPE_CHECKING:
    from governance.proposals.models import Proposal

ORDINARY, PERSONAL = "ordinary", "personal"
RANK = {"": 0, ORDINARY: 1, PERSONAL: 1, ENTRENCHED: 2}
TWO_THIRDS = ">=2/3"
YES, NO, ABSTAIN = "yes", "no", "abstain"


def required(clauses: Iterable[str], policies: Collection[str]) -> str:
    """Return the class of rule that changing these clauses and settings needs."""
    roots = set(value(ENTRENCHED_CLAUSES.name))
    entrenched = any(under(clause, roots) for clause in clauses) or any(
        find(name).rule == ENTRENCHED for name in policies
    )
    return ENTRENCHED if entrenched else ORDINARY


def of_proposal(proposal: "Proposal") -> str:
    """Return the class of rule that a proposal needs: by its kind and by what it touches."""
    if proposal.kind in ("recall", "ratification"):
        return PERSONAL
    revision = proposal.revision
    return required(revision.touches, revision.policies) if revision else ORDINARY


def suffices(held: str, needed: str) -> bool:
    """Return whether a poll of class `held` can decide what needs `needed`."""
    return RANK[held] >= RANK[needed]


def quorum_of(percent: int, electorate: int) -> int:
    """Return how many of the electorate must take part: the percentage, rounded up."""
    return -(-percent * electorate // 100)


def yes_no(rule_class: str, electorate: int) -> dict[str, Any]:
    """Return the rule of a yes/no/abstain vote as it is frozen, for `governance.tally`."""
    high = rule_class in (ENTRENCHED, PERSONAL)
    said = value((ENTRENCHED_SHARE if high else SHARE).name)
    said = TWO_THIRDS if rule_class == PERSONAL else said
    percent = value((ENTRENCHED_QUORUM if high else QUORUM).name)
    comparison = ">=" if said.startswith(">=") else ">"
    return {
        "id": f"yes-no-{rule_class}",
        "method": "threshold",
        "threshold": {"share": said.removeprefix(comparison), "comparison": comparison},
        "quorum": {"counts": "cast", "at_least": quorum_of(percent, electorate)},
        "eligible": electorate,
    }
