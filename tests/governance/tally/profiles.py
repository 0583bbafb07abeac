"""Random elections for property tests, and the same elections told differently."""

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.governance.tally.tiers import tiers

OPTIONS = ["ada", "bo", "cy", "dee", "eve"]
ROOT = "5e" * 32
LOT = {"poll": "12", "root": ROOT}

Votes = list[tuple[int, Any]]


orders = st.permutations(OPTIONS).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda end: list(order[:end]))
)
weak_orders = st.builds(tiers, orders, st.lists(st.booleans(), min_size=5, max_size=5))
approvals = st.lists(st.sampled_from(OPTIONS), unique=True)
scores = st.dictionaries(st.sampled_from(OPTIONS), st.integers(0, 5))


def votes_of(ballots: st.SearchStrategy[Any], most: int = 9) -> st.SearchStrategy[Votes]:
    return st.lists(st.tuples(st.integers(1, most), ballots), max_size=9)


def renamed(ballot: Any, name: Callable[[str], str]) -> Any:
    match ballot:
        case str():
            return name(ballot)
        case list():
            return [renamed(part, name) for part in ballot]
        case dict():
            return {name(option): score for option, score in ballot.items()}
    raise TypeError(ballot)


def shuffled(votes: Votes, seed: int) -> Votes:
    """Return the same ballots one by one, in another order."""
    single = [(1, ballot) for number, ballot in votes for _ in range(number)]
    random.Random(seed).shuffle(single)
    return single


RULES: dict[str, dict[str, Any]] = {
    "schulze": {"method": "schulze"},
    "debian": {
        "method": "schulze",
        "default": "eve",
        "ratio": {"bo": 2},
        "quorum": {"counts": "above_default", "at_least": 3},
    },
    "debian_each": {
        "method": "schulze",
        "default": "eve",
        "ratio": {"bo": 2, "cy": "1/1"},
        "comparison": {"ada": ">", "bo": ">=", "cy": ">", "dee": ">="},
        "quorum": {
            "counts": "above_default",
            "at_least": {"ada": 3, "bo": 2, "cy": 0, "dee": "1/2"},
        },
    },
    "approval": {"method": "approval", "seats": 2},
    "capped": {
        "method": "approval",
        "seats": 3,
        "caps": {"most": 1, "groups": {"ada": "x", "bo": "x", "cy": "y", "dee": "y"}},
    },
    "star": {"method": "star"},
    "bloc_star": {"method": "star", "seats": 3},
    "stv": {"method": "stv", "seats": 2},
    "stv_lot": {"method": "stv", "seats": 2, "lot": LOT},
    "irv": {"method": "irv"},
    "irv_lot": {"method": "irv", "lot": LOT},
}
BALLOTS = {
    "schulze": weak_orders,
    "debian": weak_orders,
    "debian_each": weak_orders,
    "approval": approvals,
    "capped": approvals,
    "star": scores,
    "bloc_star": scores,
    "stv": orders,
    "stv_lot": weak_orders,
    "irv": orders,
    "irv_lot": weak_orders,
}
elections = st.sampled_from(sorted(RULES)).flatmap(
    lambda name: st.tuples(st.just(RULES[name]), votes_of(BALLOTS[name]))
)
