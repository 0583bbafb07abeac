"""Ballots: what a person may say under each method, in one normal form, equal ones together."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from governance.tally.canonical import canonical
from governance.tally.errors import BallotError
from governance.tally.fields import LARGEST

Ballot = Any  # plain JSON in the normal form of its method
Votes = list[tuple[int, Ballot]]


def gather(ballots: Iterable[tuple[int, Ballot]], normal: Callable[[Any], Ballot]) -> Votes:
    """Return equal ballots together, in an order that does not depend on that of the input."""
    counts: Counter[bytes] = Counter()
    forms: dict[bytes, Ballot] = {}
    for number, ballot in _alike(ballots):
        form = normal(ballot)
        key = canonical(form)
        forms[key] = form
        counts[key] += number
    return [(counts[key], forms[key]) for key in sorted(forms) if counts[key]]


def _alike(ballots: Iterable[tuple[int, Ballot]]) -> Iterable[tuple[int, Ballot]]:
    """Yield ballots, those that can be hashed once each: a million alike are looked at once."""
    alike: Counter[Any] = Counter()
    for pair in ballots:
        number, ballot = _pair(pair)
        if isinstance(ballot, str):
            alike[ballot] += number
        else:
            yield number, ballot
    yield from ((number, ballot) for ballot, number in alike.items())


def _pair(pair: object) -> tuple[int, Any]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise BallotError("Each entry of the ballots must be a pair of a count and a ballot.")
    number, ballot = pair
    if type(number) is not int or not 0 <= number <= LARGEST:
        raise BallotError(f"A count of ballots must be a whole number from 0 to {LARGEST}.")
    return number, ballot


def choice(raw: object, options: tuple[str, ...]) -> str:
    """One option."""
    if not isinstance(raw, str) or raw not in options:
        raise BallotError(f"A ballot must be one of: {', '.join(options)}.")
    return raw
