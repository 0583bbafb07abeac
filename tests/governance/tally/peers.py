"""Compare ours with counters that others wrote: `python -m tests.governance.tally.peers METHOD`.

Runs in the environment of pref_voting and starvote (requirements/peers.in), over 10,000 random
profiles a method; the first that is counted differently ends it. Where theirs leaves a choice to
chance or to an order, ours says tie: such profiles are told apart by our outcome and counted, so
that they do not become the rule.
"""

import random
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from governance.tally import Outcome, tally
from tests.governance.tally.tiers import tiers

PROFILES = 10_000
NAMES = ["a", "b", "c", "d", "e"]


def sizes(rng: random.Random) -> list[str]:
    return NAMES[: rng.randint(2, 5)]


def linear(rng: random.Random, names: list[str]) -> list[tuple[int, list[str]]]:
    found: dict[tuple[str, ...], int] = {}
    for _ in range(rng.randint(1, 8)):
        order = tuple(rng.sample(names, len(names)))
        found[order] = found.get(order, 0) + rng.randint(1, 30)
    return [(number, list(order)) for order, number in found.items()]


def numbered(votes: list[tuple[int, list[str]]], names: list[str]) -> tuple[list[Any], list[int]]:
    return [[names.index(o) for o in order] for _, order in votes], [n for n, _ in votes]


def found_by(outcome: Outcome) -> set[str]:
    assert outcome.outcome in ("elected", "tie")
    return {*outcome.winners, *outcome.tied}


def schulze() -> None:
    """On complete and incomplete rankings, with equal ranks."""
    from pref_voting import margin_based_methods as margins
    from pref_voting import profiles_with_ties as with_ties

    rng = random.Random(1)
    for _ in range(PROFILES):
        names = sizes(rng)
        votes = []
        for _ in range(rng.randint(1, 8)):
            order = rng.sample(names, rng.randint(1, len(names)))
            votes.append((rng.randint(1, 9), tiers(order, [rng.random() < 0.3 for _ in order])))
        ranks = [
            {names.index(o): place for place, tier in enumerate(ballot) for o in tier}
            for _, ballot in votes
        ]
        profile = with_ties.ProfileWithTies(
            ranks, [n for n, _ in votes], candidates=list(range(len(names)))
        )
        profile.use_extended_strict_preference()  # unranked is last

        def strength(one: int, two: int, profile: Any = profile) -> int:
            """Winning votes, then fewer losing votes, as our rule text has it."""
            return int(profile.support(one, two)) * 10**6 - int(profile.support(two, one))

        theirs = margins.beat_path(profile, strength_function=strength)
        ours = tally({"method": "schulze"}, names, votes)
        assert found_by(ours) == {names[int(winner)] for winner in theirs}, votes


def irv() -> None:
    """In every way of breaking ties."""
    from pref_voting import iterative_methods as iterative
    from pref_voting import profiles

    rng = random.Random(2)
    for _ in range(PROFILES):
        names = sizes(rng)
        votes = linear(rng, names)
        theirs = iterative.instant_runoff_put(profiles.Profile(*numbered(votes, names)))
        ours = tally({"method": "irv"}, names, votes)
        assert found_by(ours) == {names[int(winner)] for winner in theirs}, votes


def stv() -> None:
    """Where no lot is drawn."""
    from pref_voting import profiles
    from pref_voting import proportional_methods as proportional

    rng = random.Random(3)
    drawn = 0
    for _ in range(PROFILES):
        names = sizes(rng)
        votes, seats = linear(rng, names), rng.randint(1, 3)
        ours = tally({"method": "stv", "seats": seats}, names, votes)
        if ours.outcome == "tie":
            drawn += 1
            continue
        profile = profiles.Profile(*numbered(votes, names))
        theirs = proportional.stv_scottish(profile, num_seats=seats, rng=random.Random(0))
        assert set(ours.winners) == {names[int(winner)] for winner in theirs}, (votes, seats)
    assert drawn < PROFILES / 3


def star(seats: int) -> None:
    import starvote

    rng = random.Random(4)
    for _ in range(PROFILES):
        names = NAMES[: rng.randint(seats, 5)] if seats > 1 else sizes(rng)
        ballots = [{name: rng.randint(0, 5) for name in names} for _ in range(rng.randint(1, 12))]
        if not any(score for ballot in ballots for score in ballot.values()):
            continue
        ours = tally({"method": "star", "seats": seats}, names, [(1, b) for b in ballots])
        method = starvote.star if seats == 1 else starvote.bloc
        words = {} if seats == 1 else {"seats": seats}
        try:
            theirs = starvote.election(method, ballots, tiebreaker=None, **words)
        except starvote.UnbreakableTieError:
            assert ours.outcome == "tie", ballots
            continue
        assert (ours.outcome, set(ours.winners)) == ("elected", set(theirs)), ballots


def approval() -> None:
    from pref_voting import grade_methods
    from pref_voting import grade_profiles as grades

    rng = random.Random(5)
    for _ in range(PROFILES):
        names = sizes(rng)
        votes = [[o for o in names if rng.random() < 0.5] for _ in range(rng.randint(1, 9))]
        if not any(votes):
            continue
        given = [{i: int(o in ballot) for i, o in enumerate(names)} for ballot in votes]
        theirs = grade_methods.approval(grades.GradeProfile(given, [0, 1]))
        ours = tally({"method": "approval", "seats": 1}, names, [(1, b) for b in votes])
        assert found_by(ours) == {names[int(winner)] for winner in theirs}, votes


METHODS: dict[str, Callable[[], None]] = {
    "schulze": schulze,
    "irv": irv,
    "stv": stv,
    "star": partial(star, 1),
    "bloc_star_2": partial(star, 2),
    "bloc_star_3": partial(star, 3),
    "approval": approval,
}

if __name__ == "__main__":
    METHODS[sys.argv[1]]()
    print(f"{sys.argv[1]}: {PROFILES} profiles counted alike")
