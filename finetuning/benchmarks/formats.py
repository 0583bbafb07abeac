"""Reading benchmark files: CoNLL columns, CSV and TSV. Pure; every row keeps its order.

An item is what the model may see (`{"words": [...]}` or `{"text": ...}`), its gold is what the
scorer alone sees (`{"tags": [...]}` or `{"label": ...}`).
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

TOKENS = "token-classification"
TEXTS = "text-classification"
OUTSIDE = "O"
MAX_ROWS = 1_000_000


class Unreadable(ValueError):
    """The file is not what it was said to be; the text names the line and what to do."""


@dataclass(frozen=True)
class Data:
    """One split. `labels` are the tags or classes in their fixed order (`O` first, then sorted)."""

    task: str
    items: tuple[dict[str, Any], ...]
    gold: tuple[dict[str, Any], ...]
    labels: tuple[str, ...]

    @property
    def units(self) -> int:
        """Words for tags, rows for classes."""
        if self.task == TOKENS:
            return sum(len(row["tags"]) for row in self.gold)
        return len(self.gold)

    @property
    def sha256(self) -> str:
        """The hash of items and gold as they are stored: the identity of the data."""
        both = [hashlib.sha256(lines(part)).hexdigest() for part in (self.items, self.gold)]
        return hashlib.sha256("\n".join(both).encode()).hexdigest()


def lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Return rows as JSON lines, the one form that is hashed and stored."""
    return b"".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        for row in rows
    )


def conll(text: str) -> Data:
    """Read one token a line, the tag in the last column; a blank line ends a sentence.

    IOB1 (a sentence's entity may open with `I-`) is converted to IOB2.
    """
    items, gold = [], []
    for words, tags in sentences(text):
        items.append({"words": words})
        gold.append({"tags": iob2(tags)})
    if not items:
        raise Unreadable("The file holds no sentence.")
    require_few(items)
    found = {tag for row in gold for tag in row["tags"]}
    return Data(TOKENS, tuple(items), tuple(gold), ordered(found))


def sentences(text: str) -> Iterator[tuple[list[str], list[str]]]:
    words: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        columns = line.rstrip("\t ").split("\t") if "\t" in line.strip() else line.split()
        if not columns or columns[0] == "-DOCSTART-":
            if words:
                yield words, tags
            words, tags = [], []
            continue
        if len(columns) < 2:
            raise Unreadable(f"Line {number} has no tag: write a token, a tab and its tag.")
        check_tag(columns[-1], number)
        words.append(columns[0])
        tags.append(columns[-1])
    if words:
        yield words, tags


def check_tag(tag: str, number: int) -> None:
    if tag != OUTSIDE and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
        raise Unreadable(f"Line {number}: the tag {tag!r} is not O, B-TYPE or I-TYPE.")


def iob2(tags: Sequence[str]) -> list[str]:
    """Return `tags` with every entity opened by `B-`."""
    found = []
    for before, tag in zip([OUTSIDE, *tags], tags, strict=False):
        opens = tag[:2] == "I-" and before[2:] != tag[2:]
        found.append("B-" + tag[2:] if opens else tag)
    return found


def table(text: str, *, text_column: str, label_column: str, delimiter: str = ",") -> Data:
    """Read a CSV or TSV file with a header row. CSV has quotes (RFC 4180); TSV has none (IANA)."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    lines_of = io.StringIO(text, newline="")
    reader = csv.DictReader(lines_of, delimiter=delimiter, quoting=quoting, strict=True)
    items, gold = [], []
    try:
        require_columns(reader.fieldnames or [], text_column, label_column)
        for row in reader:
            require_whole(row, reader.line_num, text_column, label_column)
            items.append({"text": row[text_column]})
            gold.append({"label": row[label_column]})
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} cannot be read: {error}.") from None
    return texts(items, gold)


def require_columns(names: Sequence[str], *wanted: str) -> None:
    for column in wanted:
        if column not in names:
            raise Unreadable(f"There is no column {column!r}; the file has {', '.join(names)}.")


def require_whole(row: dict[str, Any], number: int, *wanted: str) -> None:
    """Refuse a row that lacks something, or that has more columns than the header names."""
    if None in row:
        raise Unreadable(f"Line {number} has more columns than the header: quote its text.")
    if not all(row[column] for column in wanted):
        raise Unreadable(f"Line {number} lacks its text or its label.")


def texts(items: Sequence[dict[str, Any]], gold: Sequence[dict[str, Any]]) -> Data:
    if not items:
        raise Unreadable("The file holds no row.")
    require_few(items)
    labels = {row["label"] for row in gold}
    if len(labels) < 2:
        raise Unreadable("All rows have the same label: nothing could be told apart.")
    return Data(TEXTS, tuple(items), tuple(gold), ordered(labels))


def require_few(items: Sequence[dict[str, Any]]) -> None:
    if len(items) > MAX_ROWS:
        raise Unreadable(f"The file holds {len(items):,} rows; {MAX_ROWS:,} are allowed.")


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(labels, key=lambda label: (label != OUTSIDE, label[2:], label)))
