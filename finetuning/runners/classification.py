"""Accuracy, macro F1 and binary cross-entropy as functions of sums over rows."""

from functools import partial

import numpy as np

from finetuning.runners.intervals import Measure


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    found: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def columns(gold: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return float64 [rows, 3 k + 3]: for each class right, predicted and gold; then 1 for a right
    answer, the cross-entropy in nats of the gold class, and 1 for the row itself."""
    size = logits.shape[1]
    each = np.arange(size)
    predicted = logits.argmax(-1)[:, None] == each
    actual = gold[:, None] == each
    right = predicted & actual
    loss = -log_softmax(logits)[np.arange(len(gold)), gold]
    one = np.ones((len(gold), 1))
    parts = [right, predicted, actual, right.any(1, keepdims=True), loss[:, None], one]
    return np.concatenate([part.astype(np.float64) for part in parts], axis=1)


def accuracy(sums: np.ndarray) -> np.ndarray:
    shares: np.ndarray = sums[:, -3] / sums[:, -1]
    return shares


def cross_entropy(sums: np.ndarray) -> np.ndarray:
    means: np.ndarray = sums[:, -2] / sums[:, -1]
    return means


def macro_f1(sums: np.ndarray, size: int) -> np.ndarray:
    """Mean of the classes' F1 over the classes that occur in gold or predictions."""
    right, below = sums[:, :size], sums[:, size : 2 * size] + sums[:, 2 * size : 3 * size]
    f1 = np.divide(2 * right, below, out=np.zeros_like(right), where=below > 0)
    means: np.ndarray = f1.sum(1) / (below > 0).sum(1)
    return means


def measures(size: int) -> dict[str, Measure]:
    """Return the metrics of a benchmark with `size` classes, headline first."""
    return {
        "accuracy": accuracy,
        "macro_f1": partial(macro_f1, size=size),
        "cross_entropy": cross_entropy,
    }
