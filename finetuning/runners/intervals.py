"""95 % intervals by the bootstrap over rows, from per-row counts alone.

A metric that is a function of sums over rows needs no second look at the predictions: a resample
is a multinomial weight for each row, and its sums are one matrix product.
"""

from collections.abc import Callable

import numpy as np

Measure = Callable[[np.ndarray], np.ndarray]
CHUNK = 250
LEVEL = (2.5, 97.5)


def resampled(columns: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Return float64 [resamples, c]: the sums of `columns` (float64 [rows, c]) in each resample."""
    rows = len(columns)
    random = np.random.default_rng(seed)
    even = np.full(rows, 1.0 / rows)
    found = []
    for start in range(0, resamples, CHUNK):
        weights = random.multinomial(rows, even, size=min(CHUNK, resamples - start))
        found.append(weights.astype(np.float64) @ columns)
    return np.concatenate(found)


def interval(sums: np.ndarray, measure: Measure) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentiles of `measure`, which maps sums [b, c] to values [b]."""
    low, high = np.percentile(measure(sums), LEVEL)
    return float(low), float(high)


def difference(
    mine: np.ndarray, theirs: np.ndarray, measure: Measure, resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return how far `measure` of `mine` lies above that of `theirs`, and its interval.

    Both have a row for each row of the data, which are drawn together: what is hard for both
    models then cancels out, and the interval is narrower than the two apart.
    """
    size = mine.shape[1]
    both = np.concatenate([mine, theirs], axis=1)

    def apart(sums: np.ndarray) -> np.ndarray:
        found: np.ndarray = measure(sums[:, :size]) - measure(sums[:, size:])
        return found

    low, high = interval(resampled(both, resamples, seed), apart)
    return float(apart(both.sum(axis=0)[None])[0]), low, high


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio


def entity_f1(sums: np.ndarray) -> np.ndarray:
    return divided(2 * sums[:, 0], sums[:, 1] + sums[:, 2])


def entity_precision(sums: np.ndarray) -> np.ndarray:
    return divided(sums[:, 0], sums[:, 1])


def entity_recall(sums: np.ndarray) -> np.ndarray:
    return divided(sums[:, 0], sums[:, 2])


ENTITY_MEASURES: dict[str, Measure] = {
    "entity_f1": entity_f1,
    "entity_precision": entity_precision,
    "entity_recall": entity_recall,
}
