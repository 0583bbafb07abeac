"""The norms as clauses with ids, in two languages: reading, writing, hashing and patching them.

A clause is one paragraph. Its id never changes and is never given to another clause: `preamble`,
`N3` (a heading) or `N3.2`. A version is a list of clauses in order; its text in a language follows
from them byte for byte, and so does its hash. Nothing here knows the database.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Invalid
from portal.events import canonical

PREAMBLE = "preamble"
LONGEST = 4000
LANGUAGES = ("en", "zh")
_ID = re.compile(r"N[1-9]\d{0,2}(\.[1-9]\d{0,2})?")
_HEADING = re.compile(r"## (N\d+) (.+)")
_CLAUSE = re.compile(r"- \*\*(N\d+\.\d+)\*\* (.+)")


class BadClause(Invalid):
    """A clause that the norms cannot hold, or a change of one that is not there."""

    code = "BadClause"


class ClauseMoved(Conflict):
    """The clause is no longer what the proposal was written against."""

    code = "ClauseMoved"
    default = _("The clause %(clause)s has changed since this was written.")

    def __init__(self, clause: str):
        super().__init__(self.default % {"clause": clause})  # type: ignore[operator]
        self.clause = clause


@dataclass(frozen=True)
class Clause:
    """One paragraph in both languages."""

    id: str
    en: str
    zh: str

    @property
    def label(self) -> Any:
        """What people read: its number, or that it is the preamble."""
        return _("Preamble") if self.id == PREAMBLE else self.id

    @property
    def is_heading(self) -> bool:
        return self.id != PREAMBLE and "." not in self.id

    @property
    def sha256(self) -> str:
        return hashlib.sha256(canonical(asdict(self))).hexdigest()

    def text(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en

    def record(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """One step of a patch. `op`: replace, insert (behind `after`) or delete.

    `old`: the hash of the clause as the author saw it (replace, delete).
    """

    op: str
    clause: str
    en: str = ""
    zh: str = ""
    after: str = ""
    old: str = ""

    def record(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


def clauses_of(records: Iterable[dict[str, str]]) -> list[Clause]:
    return [Clause(**record) for record in records]


def changes_of(records: Iterable[dict[str, str]]) -> list[Change]:
    return [Change(**record) for record in records]


def digest(clauses: Sequence[Clause]) -> str:
    """Return the hash of a version: over the canonical JSON of its clauses in order."""
    return hashlib.sha256(canonical([clause.record() for clause in clauses])).hexdigest()


# --- as text -------------------------------------------------------------------------------------
def render(clauses: Sequence[Clause], language: str) -> str:
    """Return the text of a version in one language, as Markdown."""
    blocks: list[str] = []
    before: Clause | None = None
    for clause in clauses:
        line = _line(clause, language)
        listed = before is not None and "." in before.id and "." in clause.id
        blocks.append(("\n" if listed else "\n\n" if before else "") + line)
        before = clause
    return "".join(blocks) + "\n"


def _line(clause: Clause, language: str) -> str:
    text = clause.text(language)
    if clause.id == PREAMBLE:
        return text
    return f"## {clause.id} {text}" if clause.is_heading else f"- **{clause.id}** {text}"


def parse(text: str) -> list[tuple[str, str]]:
    """Return the (id, text) of each clause of a Markdown text that `render` could have written."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _HEADING.fullmatch(line) or _CLAUSE.fullmatch(line)
        if match is None and found:
            raise BadClause(_("This line belongs to no clause: “%(line)s”") % {"line": line[:80]})
        found.append((match[1], match[2]) if match else (PREAMBLE, line))
    return found


def paired(en: str, zh: str) -> list[Clause]:
    """Return the clauses of a text that exists in both languages; `BadClause` where they differ."""
    english, chinese = parse(en), parse(zh)
    if [name for name, _text in english] != [name for name, _text in chinese]:
        raise BadClause(_("Both languages must have the same clauses in the same order."))
    made = [
        Clause(name, text, said)
        for (name, text), (_name, said) in zip(english, chinese, strict=True)
    ]
    if render(made, "en") != en or render(made, "zh") != zh:
        raise BadClause(_("The text is not written as clauses."))
    return made


# --- patches -------------------------------------------------------------------------------------
def tidy(text: str) -> str:
    """Return a paragraph as it is kept: no line breaks, no runs of spaces."""
    return " ".join(text.split())


def apply(clauses: Sequence[Clause], patch: Iterable[Change]) -> list[Clause]:
    """Return the clauses after the patch; `ClauseMoved`, `BadClause` where it does not fit."""
    made = list(clauses)
    for change in patch:
        made = _applied(made, change)
    return made


def _applied(clauses: list[Clause], change: Change) -> list[Clause]:
    step = {"replace": _replaced, "insert": _inserted, "delete": _deleted}.get(change.op)
    if step is None:
        raise BadClause(_("A change replaces, inserts or deletes a clause."))
    return step(clauses, change)


def _replaced(clauses: list[Clause], change: Change) -> list[Clause]:
    place = _place(clauses, change)
    return [*clauses[:place], _checked(change), *clauses[place + 1 :]]


def _deleted(clauses: list[Clause], change: Change) -> list[Clause]:
    place = _place(clauses, change)
    gone = clauses[place]
    if gone.id == PREAMBLE:
        raise BadClause(_("The preamble can be changed, not deleted."))
    if gone.is_heading and any(other.id.startswith(f"{gone.id}.") for other in clauses):
        raise BadClause(_("Delete the clauses of a section before its heading."))
    return [*clauses[:place], *clauses[place + 1 :]]


def _inserted(clauses: list[Clause], change: Change) -> list[Clause]:
    if any(clause.id == change.clause for clause in clauses):
        raise ClauseMoved(change.clause)
    made = _checked(change)
    places = [place for place, clause in enumerate(clauses) if clause.id == change.after]
    if not places:
        raise ClauseMoved(change.after)
    _refuse_stray(clauses, places[0], made)
    return [*clauses[: places[0] + 1], made, *clauses[places[0] + 1 :]]


def _refuse_stray(clauses: list[Clause], place: int, made: Clause) -> None:
    """A clause stands in its own section, a heading behind the last clause of another."""
    section, around = made.id.partition(".")[0], clauses[place].id.partition(".")[0]
    following = clauses[place + 1].id if place + 1 < len(clauses) else ""
    if not made.is_heading and section != around:
        raise BadClause(_("A new clause stands in the section that its number names."))
    if made.is_heading and "." in following:
        raise BadClause(_("A new section begins where another ends."))


def _place(clauses: list[Clause], change: Change) -> int:
    for place, clause in enumerate(clauses):
        if clause.id == change.clause:
            if change.old and change.old != clause.sha256:
                raise ClauseMoved(change.clause)
            return place
    raise ClauseMoved(change.clause)


def _checked(change: Change) -> Clause:
    if change.clause != PREAMBLE and not _ID.fullmatch(change.clause):
        raise BadClause(_("A clause is numbered like N3.2, a section like N3."))
    texts = {"en": tidy(change.en), "zh": tidy(change.zh)}
    if not all(texts.values()):
        raise BadClause(_("A clause needs a text in English and in Chinese."))
    if any(len(text) > LONGEST or "\x00" in text for text in texts.values()):
        raise BadClause(_("A clause has at most %(most)s characters.") % {"most": LONGEST})
    return Clause(change.clause, texts["en"], texts["zh"])


def normal(patch: Iterable[Change], clauses: Sequence[Clause]) -> list[Change]:
    """Return the patch as it is kept: texts tidied, each old hash filled in, no empty change."""
    present = {clause.id: clause for clause in clauses}
    made = []
    for change in patch:
        old = present.get(change.clause)
        kept = Change(
            op=change.op,
            clause=change.clause,
            en=tidy(change.en) if change.op != "delete" else "",
            zh=tidy(change.zh) if change.op != "delete" else "",
            after=change.after if change.op == "insert" else "",
            old=(change.old or old.sha256) if old and change.op != "insert" else "",
        )
        if old and kept.op == "replace" and (kept.en, kept.zh) == (old.en, old.zh):
            continue
        made.append(kept)
    return made


def touched(patch: Iterable[Change]) -> list[str]:
    return [change.clause for change in patch]


def under(clause: str, roots: Collection[str]) -> bool:
    """Return whether a clause is one of `roots` or stands in one of them (`N7.1` in `N7`)."""
    return clause in roots or clause.partition(".")[0] in roots


def proposal_record(patch: Sequence[Change], policies: dict[str, Any]) -> bytes:
    """Return the canonical bytes of what a proposal would change."""
    return canonical({"patch": [change.record() for change in patch], "policies": policies})
