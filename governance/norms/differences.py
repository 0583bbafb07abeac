"""What changed between two versions: clause by clause, and word by word within a clause."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from governance.norms.clauses import Change, Clause, apply

_WORDS = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A stretch of text. `kind`: same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One clause in two versions. `kind`: same, added, removed or changed."""

    id: str
    kind: str
    old: Clause | None
    new: Clause | None

    @property
    def en(self) -> list[Piece]:
        return words(self.old.en if self.old else "", self.new.en if self.new else "")

    @property
    def zh(self) -> list[Piece]:
        return words(self.old.zh if self.old else "", self.new.zh if self.new else "")

    @property
    def is_change(self) -> bool:
        return self.kind != "same"


def words(before: str, after: str) -> list[Piece]:
    """Return the pieces of a text and its successor; Chinese is compared character by character."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    return list(_merged(_pieces(old, new)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Piece("removed", "".join(old[a:b]))
        if d > c:
            yield Piece("added", "".join(new[c:d]))


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join what a single space between two changes would tear apart."""
    waiting: dict[str, str] = {}
    for piece in pieces:
        if piece.kind != "same":
            waiting[piece.kind] = waiting.get(piece.kind, "") + piece.text
        elif waiting and piece.text.isspace():
            waiting = {kind: text + piece.text for kind, text in waiting.items()}
        else:
            yield from _flushed(waiting)
            waiting = {}
            yield piece
    yield from _flushed(waiting)


def _flushed(waiting: dict[str, str]) -> Iterator[Piece]:
    for kind in ("removed", "added"):
        if waiting.get(kind):
            yield Piece(kind, waiting[kind])


def between(old: Sequence[Clause], new: Sequence[Clause]) -> list[Difference]:
    """Return every clause of either version in order, the removed ones where they stood."""
    before = {clause.id: clause for clause in old}
    after = {clause.id: clause for clause in new}
    matcher = difflib.SequenceMatcher(
        a=[clause.id for clause in old], b=[clause.id for clause in new], autojunk=False
    )
    names: list[str] = []
    for _tag, a, b, c, d in matcher.get_opcodes():
        names += [clause.id for clause in old[a:b] if clause.id not in after]
        names += [clause.id for clause in new[c:d]]
    return [_difference(name, before.get(name), after.get(name)) for name in names]


def _difference(name: str, old: Clause | None, new: Clause | None) -> Difference:
    if old is None:
        return Difference(name, "added", old, new)
    if new is None:
        return Difference(name, "removed", old, new)
    return Difference(name, "same" if old == new else "changed", old, new)


def of_patch(base: Sequence[Clause], patch: Sequence[Change]) -> list[Difference]:
    """Return what a patch changes of the version it was written against."""
    return [found for found in between(base, apply(base, patch)) if found.is_change]
