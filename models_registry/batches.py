"""Long lists in pieces that one statement of either database takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH = 500  # parameters of one IN list; SQLite's oldest limit is 999

T = TypeVar("T")


def batched(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
