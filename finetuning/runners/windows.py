"""Every word gets a label: long sentences are cut into overlapping windows at word boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

from finetuning.runners.tokenizer import Encoded

OVERLAP = 4  # windows share a quarter of their room


@dataclass(frozen=True)
class Window:
    """Pieces `start:stop` of row `row`. `answers` pairs a word's index with the position, among
    the window's own pieces, whose output is the word's label."""

    row: int
    start: int
    stop: int
    answers: tuple[tuple[int, int], ...]


def windows(rows: Sequence[Encoded], room: int) -> list[Window]:
    """Cut rows so that no window holds more than `room` pieces; each word is answered once.

    A word without pieces is answered nowhere: the caller counts it as O.
    """
    found = []
    for index, row in enumerate(rows):
        firsts = first_pieces(row)
        if len(row.ids) <= room:
            found.append(Window(index, 0, len(row.ids), tuple(firsts.items())))
        else:
            found += cut(index, len(row.ids), firsts, room)
    return found


def first_pieces(row: Encoded) -> dict[int, int]:
    """Return word index -> position of its first piece, in order."""
    firsts: dict[int, int] = {}
    for position, word in enumerate(row.words):
        if word is not None:
            firsts.setdefault(word, position)
    return firsts


def cut(index: int, length: int, firsts: dict[int, int], room: int) -> list[Window]:
    """Cut one long row. A word belongs to the window where its nearer edge is farthest."""
    edges = spans(length, sorted(firsts.values()), room)
    answers: list[list[tuple[int, int]]] = [[] for _ in edges]
    for word, position in firsts.items():
        inside = [n for n, (start, stop) in enumerate(edges) if start <= position < stop]
        best = max(inside, key=lambda n: min(position - edges[n][0], edges[n][1] - 1 - position))
        answers[best].append((word, position - edges[best][0]))
    return [Window(index, start, stop, tuple(answers[n])) for n, (start, stop) in enumerate(edges)]


def spans(length: int, boundaries: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Return overlapping piece ranges that cover `length`, cut between words where possible."""
    found, start = [], 0
    while True:
        stop = min(start + room, length)
        if stop < length:
            stop = max((b for b in boundaries if start < b <= stop), default=stop)
        found.append((start, stop))
        if stop == length:
            return found
        again = stop - room // OVERLAP
        start = max((b for b in boundaries if start < b <= again), default=stop)
