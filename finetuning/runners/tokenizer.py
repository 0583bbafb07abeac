"""The submission's tokenizer.json, used as a table of pieces and nothing more.

Text is never read as special tokens (a sentence holding `[SEP]` stays a sentence), nothing is
truncated here and no template of the upload is rendered.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Pieces

from finetuning.runners.channel import Fault

ENCODE_ROWS = 512


@dataclass(frozen=True)
class Encoded:
    """One row: piece ids without special tokens, and for each piece the index of its word."""

    ids: list[int]
    words: list[int | None]


class Tokenizer:
    """`before` and `after` are the special ids put around one sequence."""

    def __init__(self, folder: Path):
        try:
            description = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
            self.pieces = Pieces.from_str(json.dumps(spaced(description)))
        except BaseException as error:  # pyo3 panics are no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
                raise
            raise Fault("tokenizer", f"tokenizer.json cannot be read: {error}") from None
        self.pieces.no_truncation()
        self.pieces.no_padding()
        self.pieces.encode_special_tokens = True
        self.before, self.after = self.around()

    @property
    def special(self) -> int:
        """How many special ids stand around a sequence."""
        return len(self.before) + len(self.after)

    def around(self) -> tuple[list[int], list[int]]:
        bare = self.pieces.encode("a", add_special_tokens=False).ids
        full = self.pieces.encode("a", add_special_tokens=True).ids
        for start in range(len(full) - len(bare) + 1):
            if full[start : start + len(bare)] == bare:
                return full[:start], full[start + len(bare) :]
        raise Fault("tokenizer", "the tokenizer's template changes the text it surrounds")

    def encode(self, rows: Sequence[Any], *, split: bool) -> list[Encoded]:
        """Encode rows: lists of words when `split`, else texts."""
        found = []
        for start in range(0, len(rows), ENCODE_ROWS):
            part = rows[start : start + ENCODE_ROWS]
            encode = self.pieces.encode_batch
            encoded = encode(part, is_pretokenized=split, add_special_tokens=False)
            found += [Encoded(row.ids, row.word_ids) for row in encoded]
        return found


def spaced(description: dict[str, Any]) -> dict[str, Any]:
    """Make a byte-level pre-tokenizer see a space before the first word, as it was trained."""
    step = description.get("pre_tokenizer")
    if isinstance(step, dict) and step.get("type") == "ByteLevel":
        step["add_prefix_space"] = True
    return description
