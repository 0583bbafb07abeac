"""Entities under strict IOB2: `B-X` opens, `I-X` of the same type continues, all else is outside.

Equal to seqeval 1.2.2 with `mode="strict", scheme=IOB2`: an `I-X` that no `B-X` opened is no
entity, and an entity counts when its type and both ends agree.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

KINDS = {"O": 0, "B": 1, "I": 2}


def spans(tags: np.ndarray, rows: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Return int64 [entities, 3]: first word, last word, type number. Words are numbered across
    all rows; `tags` holds indices into `labels`, `rows` the row of each word."""
    kind_of = np.array([KINDS[label[0]] for label in labels])
    names = sorted({label[2:] for label in labels if label != "O"})
    type_of = np.array([names.index(label[2:]) if label != "O" else -1 for label in labels])
    kinds, types = kind_of[tags], type_of[tags]
    continues = np.zeros(len(tags), dtype=bool)
    same = (types[1:] == types[:-1]) & (rows[1:] == rows[:-1]) & (kinds[:-1] != KINDS["O"])
    continues[1:] = (kinds[1:] == KINDS["I"]) & same
    first = np.flatnonzero(~continues)
    last = np.append(first[1:] - 1, len(tags) - 1)[: len(first)]
    opened = kinds[first] == KINDS["B"]
    return np.stack([first[opened], last[opened], types[first[opened]]], axis=1)


def agreeing(gold: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Return those of the gold spans that were predicted exactly."""
    if not len(gold) or not len(said):
        return gold[:0]
    predicted = {tuple(span) for span in said.tolist()}
    return gold[[tuple(span) in predicted for span in gold.tolist()]]


def counts(
    gold: np.ndarray, said: np.ndarray, rows: np.ndarray, n_rows: int, labels: Sequence[str]
) -> np.ndarray:
    """Return int64 [rows, 3]: right, predicted and gold entities of each row."""
    right_spans, said_spans = spans(gold, rows, labels), spans(said, rows, labels)
    both = agreeing(right_spans, said_spans)
    columns = [
        np.bincount(rows[found[:, 0]], minlength=n_rows)
        for found in (both, said_spans, right_spans)
    ]
    return np.stack(columns, axis=1)


def by_type(
    gold: np.ndarray, said: np.ndarray, rows: np.ndarray, labels: Sequence[str]
) -> list[dict[str, Any]]:
    """Return precision, recall, F1 and support of each entity type."""
    names = sorted({label[2:] for label in labels if label != "O"})
    right_spans, said_spans = spans(gold, rows, labels), spans(said, rows, labels)
    both = agreeing(right_spans, said_spans)
    found = []
    for number, name in enumerate(names):
        tp, predicted, support = (
            int((part[:, 2] == number).sum()) for part in (both, said_spans, right_spans)
        )
        found.append({"label": name, **precision_recall(tp, predicted, support)})
    return found


def precision_recall(tp: float, predicted: float, support: float) -> dict[str, float]:
    """Return precision, recall, F1 and support; 0 where nothing could be divided by."""
    precision = tp / predicted if predicted else 0.0
    recall = tp / support if support else 0.0
    f1 = 2 * tp / (predicted + support) if predicted + support else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}
