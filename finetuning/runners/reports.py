"""The per-label report: precision, recall, F1 and support, with micro, macro, weighted averages.

Equal to scikit-learn's `precision_recall_fscore_support(..., zero_division=0)` over the labels
that occur in the gold or in the predictions. Micro over all labels counts `O` and is accuracy;
`micro_without_o` leaves it out.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from finetuning.runners.entities import precision_recall


def token_report(gold: np.ndarray, said: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """`gold` and `said` are indices into `labels`, one for each unit (word or row)."""
    size = len(labels)
    matrix = np.bincount(gold * size + said, minlength=size * size).reshape(size, size)
    tp, support, predicted = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    present = np.flatnonzero(support + predicted).tolist()
    rows = [
        {"label": labels[n], **precision_recall(int(tp[n]), int(predicted[n]), int(support[n]))}
        for n in present
    ]
    inside = [n for n in present if labels[n] != "O"]
    return {
        "rows": rows,
        "accuracy": float(tp.sum() / max(1, len(gold))),
        "micro": together(tp[present], predicted[present], support[present]),
        "micro_without_o": together(tp[inside], predicted[inside], support[inside]),
        "macro": averaged(rows, [1.0] * len(rows)),
        "weighted": averaged(rows, [float(row["support"]) for row in rows]),  # type: ignore[arg-type]
    }


def together(tp: np.ndarray, predicted: np.ndarray, support: np.ndarray) -> dict[str, float]:
    return precision_recall(int(tp.sum()), int(predicted.sum()), int(support.sum()))


def averaged(rows: Sequence[dict[str, Any]], weights: Sequence[float]) -> dict[str, float]:
    total = sum(weights) or 1.0
    found = {
        name: sum(row[name] * weight for row, weight in zip(rows, weights, strict=True)) / total
        for name in ("precision", "recall", "f1")
    }
    return found | {"support": sum(row["support"] for row in rows)}
