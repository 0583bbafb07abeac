"""What changed between two versions of a text, as lines for the page."""

import difflib
from dataclasses import dataclass

from portal.agreements.models import DocumentVersion

AROUND = 2


@dataclass(frozen=True)
class Line:
    """`kind`: same, added, removed, or gap (lines that are left out)."""

    kind: str
    text: str


def lines(old: DocumentVersion, new: DocumentVersion, language: str) -> list[Line]:
    """Return the changed lines of the texts in `language`, with two lines around each change."""
    before = {t.language: t.text for t in old.texts.all()}.get(language, "")
    after = {t.language: t.text for t in new.texts.all()}.get(language, "")
    return of_texts(before, after)


def of_texts(before: str, after: str) -> list[Line]:
    raw = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=AROUND)
    found = [_line(text) for text in list(raw)[2:]]
    return [line for line in found if line is not None][1:]


def _line(raw: str) -> Line | None:
    if raw.startswith("@@"):
        return Line("gap", "")
    kinds = {"+": "added", "-": "removed", " ": "same"}
    return Line(kinds[raw[0]], raw[1:])
