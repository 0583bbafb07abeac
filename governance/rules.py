"""Which rule a vote follows: decided by what it touches, never by who proposes."""

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
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


def asked(rule_class: str, electorate: int) -> tuple[str, str, int]:
    """Return what a class asks: how the yes votes compare with which share, and the quorum."""
    high = rule_class in (ENTRENCHED, PERSONAL)
    said = value((ENTRENCHED_SHARE if high else SHARE).name)
    said = TWO_THIRDS if rule_class == PERSONAL else said
    percent = value((ENTRENCHED_QUORUM if high else QUORUM).name)
    comparison = ">=" if said.startswith(">=") else ">"
    return comparison, said.removeprefix(comparison), quorum_of(percent, electorate)


def yes_no(rule_class: str, electorate: int) -> dict[str, Any]:
    """Return the rule of a yes/no/abstain vote as it is frozen, for `governance.tally`."""
    comparison, share, quorum = asked(rule_class, electorate)
    return {
        "id": f"yes-no-{rule_class}",
        "method": "threshold",
        "threshold": {"share": share, "comparison": comparison},
        "quorum": {"counts": "cast", "at_least": quorum},
        "eligible": electorate,
    }


def between(classes: Mapping[str, str], default: str, electorate: int) -> dict[str, Any]:
    """Return the rule of a ranked vote between amendments, each under the rule of its own class.

    As Debian counts: an option passes if a quorum prefers it to the default and, against those who
    prefer the default, it has the share that its class asks of yes and no (two thirds are 2 to 1).
    """
    each = {option: asked(name, electorate) for option, name in classes.items()}
    return {
        "id": "ranked-amendments",
        "method": "schulze",
        "default": default,
        "ratio": {option: str(ratio(share)) for option, (_word, share, _n) in each.items()},
        "comparison": {option: comparison for option, (comparison, _share, _n) in each.items()},
        "quorum": {
            "counts": "above_default",
            "at_least": {option: quorum for option, (_word, _share, quorum) in each.items()},
        },
        "eligible": electorate,
    }


def ratio(share: str) -> Fraction:
    """Return how many times as many have to be for it as against it."""
    return Fraction(share) / (1 - Fraction(share))
