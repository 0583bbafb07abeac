"""How quickly votes are counted: a million ballots over six options, by Schulze, IRV and STV.

    .venv/bin/python -m benchmarks.tally [ROUNDS]
    PYTHONPATH=FOLDER .venv/bin/python -m benchmarks.tally peers    (pref_voting in FOLDER)

CPU seconds of the process, median of the rounds, each in a process of its own, for the memory too.
"""

import itertools
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from governance.tally import aggregate, tally

BALLOTS = 1_000_000
OPTIONS = ["ada", "bo", "cy", "dee", "eve", "flo"]
RULES: dict[str, dict[str, Any]] = {
    "schulze": {"method": "schulze", "default": "flo"},
    "irv": {"method": "irv"},
    "stv": {"method": "stv", "seats": 3, "lot": {"poll": "1", "root": "00" * 32}},
}


def texts() -> list[str]:
    """Return a million ballots as a database gives them: each its own JSON text."""
    orders = [order for size in range(7) for order in itertools.permutations(OPTIONS, size)]
    forms = [json.dumps([[option] for option in order], separators=(",", ":")) for order in orders]
    rng = random.Random(7)
    liked = [rng.expovariate(1) for _ in forms]
    return ["".join(list(form)) for form in rng.choices(forms, liked, k=BALLOTS)]


def cpu(deed: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = deed()
    return time.process_time() - start, found


def once() -> dict[str, float]:
    """Time one round. The making of the ballots is not part of any figure."""
    given = texts()
    seconds, votes = cpu(lambda: aggregate(given))
    figures = {"aggregating": seconds, "different ballots": len(votes)}
    for name, rule in RULES.items():
        seconds, outcome = cpu(lambda rule=rule: tally(rule, OPTIONS, votes))
        assert outcome.ballots == BALLOTS and outcome.winners
        figures[name] = seconds
    figures["together"] = sum(figures[name] for name in ("aggregating", *RULES))
    figures["one by one"] = cpu(lambda: tally(RULES["irv"], OPTIONS, pairs(given)))[0]
    figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def pairs(given: list[str]) -> Iterator[tuple[int, Any]]:
    """Yield the ballots parsed and one by one, as a caller who did not aggregate them has them."""
    forms = {text: json.loads(text) for text in set(given)}
    return ((1, forms[text]) for text in given)


def peers() -> dict[str, float]:
    """Time pref_voting on the same ballots, aggregated; it has no default option and no record."""
    from pref_voting.iterative_methods import instant_runoff_for_truncated_linear_orders
    from pref_voting.margin_based_methods import beat_path
    from pref_voting.profiles_with_ties import ProfileWithTies
    from pref_voting.proportional_methods import stv_scottish

    votes = [(number, order) for number, order in aggregate(texts()) if order]
    ranks = [{OPTIONS.index(rank[0]): place for place, rank in enumerate(o)} for _, o in votes]
    numbers = [number for number, _ in votes]
    figures: dict[str, float] = {}

    def made() -> Any:
        profile = ProfileWithTies(ranks, numbers, candidates=list(range(len(OPTIONS))))
        profile.use_extended_strict_preference()
        return profile

    figures["reading"], profile = cpu(made)
    figures["schulze"] = cpu(lambda: beat_path(profile))[0]
    figures["irv"] = cpu(lambda: instant_runoff_for_truncated_linear_orders(profile))[0]
    figures["stv"] = cpu(lambda: stv_scottish(profile, num_seats=3))[0]
    return figures


def main(argv: list[str]) -> None:
    if argv[:1] in (["once"], ["peers"]):
        print(json.dumps(once() if argv[0] == "once" else peers()))
        return
    rounds = [
        json.loads(subprocess.check_output([sys.executable, "-m", "benchmarks.tally", "once"]))
        for _ in range(int(argv[0]) if argv else 5)
    ]
    for name in rounds[0]:
        print(f"{name:20} {statistics.median(figures[name] for figures in rounds):10.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
