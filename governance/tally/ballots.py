"""Ballots: what a person may say under each method, in one normal form, equal ones together."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
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


def aggregate(texts: Iterable[str]) -> list[tuple[int, Ballot]]:
    """Return equal ballots together, read from their JSON texts: each different one once."""
    return [(number, json.loads(text)) for text, number in Counter(texts).items()]


def _alike(ballots: Iterable[tuple[int, Ballot]]) -> Iterable[tuple[int, Ballot]]:
    """Yield equal ballots together, told by their spelling: a million alike are read once."""
    numbers: Counter[str] = Counter()
    forms: dict[str, Ballot] = {}
    for pair in ballots:
        number, ballot = _pair(pair)
        try:
            spelling = repr(ballot)
        except (RecursionError, ValueError):  # ValueError: an integer of thousands of digits
            raise BallotError("A ballot is nested too deeply, or a number too large.") from None
        numbers[spelling] += number
        forms[spelling] = ballot
    return ((numbers[spelling], ballot) for spelling, ballot in forms.items())


def _pair(pair: object) -> tuple[int, Any]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise BallotError("Each entry of the ballots must be a pair of a count and a ballot.")
    number, ballot = pair
    if type(number) is not int or not 0 <= number <= LARGEST:
        raise BallotError(f"A count of ballots must be a whole number from 0 to {LARGEST}.")
    return number, ballot


def choice(raw: object, options: tuple[str, ...]) -> str:
    """One option."""
    if type(raw) is not str or raw not in options:
        raise BallotError(f"A ballot must be one of: {', '.join(options)}.")
    return raw


def ranking(raw: object, options: tuple[str, ...]) -> list[list[str]]:
    """Ranks from the best down, each an option or a list of equal ones; the rest is unranked."""
    if not isinstance(raw, list | tuple):
        raise BallotError("A ranked ballot must be a list of options, or of lists of equal ones.")
    ranks = [[rank] if isinstance(rank, str) else rank for rank in raw]
    if not all(isinstance(rank, list | tuple) and rank for rank in ranks):
        raise BallotError("A rank must be an option or a list of options, and not be empty.")
    _each_once([option for rank in ranks for option in rank], options)
    return [sorted(rank) for rank in ranks]


def approvals(raw: object, options: tuple[str, ...]) -> list[str]:
    """The approved options."""
    if not isinstance(raw, list | tuple):
        raise BallotError("An approval ballot must be a list of options.")
    _each_once(raw, options)
    return sorted(raw)


def scores(raw: object, options: tuple[str, ...], most: int) -> dict[str, int]:
    """A score for each option; one that is not named has 0."""
    if not isinstance(raw, dict):
        raise BallotError("A scored ballot must be an object of options and scores.")
    _each_once(list(raw), options)
    if not all(type(score) is int and 0 <= score <= most for score in raw.values()):
        raise BallotError(f"A score must be a whole number from 0 to {most}.")
    return {option: score for option, score in sorted(raw.items()) if score}


def preferences(
    votes: Iterable[tuple[int, list[list[str]]]], standing: Collection[str]
) -> dict[tuple[str, ...], int]:
    """Return how many gave each order of single preferences among `standing`.

    Reading stops at the first rank that two share: what follows has no place in an order.
    """
    found: dict[tuple[str, ...], int] = {}
    for number, ranks in votes:
        order: list[str] = []
        for rank in ranks:
            left = [option for option in rank if option in standing]
            if len(left) > 1:
                break
            order += left
        found[tuple(order)] = found.get(tuple(order), 0) + number
    return found


def _each_once(named: Sequence[object], options: tuple[str, ...]) -> None:
    if not all(type(option) is str and option in options for option in named):
        raise BallotError("A ballot names something that is not an option.")
    if len(set(named)) != len(named):
        raise BallotError("A ballot names an option twice.")
