"""What a commit changed: files added, changed and gone, with a line-by-line view of small texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice

from models_registry import revisions
from models_registry.revisions import Entry, Revision

FILES_AT_MOST = 300
SHOWN_AT_MOST = 40
TEXT_AT_MOST = 128 * 1024
LINES_AT_MOST = 1_500


@dataclass(frozen=True)
class Line:
    """One line of a difference. `kind`: added, gone, same or place (where in the file).

    `old` and `new`: its number before and after; None where it is not there.
    """

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True)
class Change:
    """One file. `kind`: added, changed or gone; `lines` is None where nothing can be shown."""

    kind: str
    path: str
    before: Entry | None
    after: Entry | None
    lines: list[Line] | None = None


def between(before: Revision | None, after: Revision) -> tuple[list[Change], bool]:
    """Return the changed files from `before` to `after`, and whether there are more."""
    found: list[Change] = []
    for pair in _pairs(before, after, ""):
        if len(found) == FILES_AT_MOST:
            return found, True
        found.append(_change(*pair, show=len(found) < SHOWN_AT_MOST))
    return found, False


def _pairs(
    before: Revision | None, after: Revision | None, path: str
) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Yield the files that differ, opening only folders whose trees differ."""
    old = {entry.path: entry for entry in _all(before, path)}
    new = {entry.path: entry for entry in _all(after, path)}
    for name in sorted(old.keys() | new.keys()):
        left, right = old.get(name), new.get(name)
        if left and right and (left.kind, left.oid) == (right.kind, right.oid):
            continue
        left_file = left if left and left.is_file else None
        right_file = right if right and right.is_file else None
        if left_file or right_file:
            yield left_file, right_file
        left_folder = before if left and not left.is_file else None
        right_folder = after if right and not right.is_file else None
        if left_folder or right_folder:
            yield from _pairs(left_folder, right_folder, name)


def _all(revision: Revision | None, path: str) -> Iterator[Entry]:
    after = None
    while revision is not None:
        page = revisions.listing(revision, path, after=after, limit=1000)
        yield from page
        if len(page) < 1000:
            return
        after = page[-1].cursor


def _change(before: Entry | None, after: Entry | None, *, show: bool) -> Change:
    kind = "added" if before is None else "gone" if after is None else "changed"
    path = (after or before).path  # type: ignore[union-attr]
    lines = _lines(before, after) if show else None
    return Change(kind, path, before, after, lines)


def _lines(before: Entry | None, after: Entry | None) -> list[Line] | None:
    texts = [_text(entry) for entry in (before, after)]
    if texts[0] is None or texts[1] is None:
        return None
    return _numbered(texts[0], texts[1])


def between_texts(before: str, after: str) -> list[Line] | None:
    """Return the difference of two texts; None where it is too long to show."""
    return _numbered(before.splitlines(), after.splitlines())


def _numbered(before: list[str], after: list[str]) -> list[Line] | None:
    """Return the changed lines with three around them, each with its numbers."""
    found: list[Line] = []
    old = new = 0
    for line in islice(unified_diff(before, after, lineterm="", n=3), 2, None):
        if len(found) == LINES_AT_MOST:
            return None
        place = _PLACE.match(line)
        if place:
            old, new = int(place[1]), int(place[2])
            if found:  # the first place says nothing that the numbers do not
                found.append(Line("place", "⋯"))
            continue
        kind = {"+": "added", "-": "gone"}.get(line[:1], "same")
        here = (None if kind == "added" else old, None if kind == "gone" else new)
        found.append(Line(kind, line[1:], *here))
        old, new = old + (here[0] is not None), new + (here[1] is not None)
    return found


_PLACE = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")


def _text(entry: Entry | None) -> list[str] | None:
    """Return the lines of a small text, [] for no file, None where it is no small text."""
    if entry is None:
        return []
    if entry.lfs or entry.size > TEXT_AT_MOST:
        return None
    content = revisions.read(entry)
    if b"\0" in content:
        return None
    return content.decode(errors="replace").splitlines()
