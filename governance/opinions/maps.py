"""Opinion maps as Polis draws them: people near each other judged alike. Pure; never a count.

People are placed by the two directions in which their judgements differ most (principal component
analysis over agree 1, pass 0, disagree -1; what somebody did not see counts as the statement's
mean, and whoever saw little is moved out from the middle by the square root of the share they
saw), then grouped by k-means, in more groups only where the silhouette is clearly better. Floats,
and groups that depend on where they begin: a display aid, decided by nothing. Equal judgements give
an equal map, because it begins from places that the judgements themselves determine.

After Small, Bjorkegren, Erkkila, Shaw and Megill: Polis, Recerca 26.2 (2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

AGREE, DISAGREE, PASS = 1, -1, 0
FEWEST_JUDGED = 3  # statements that somebody has to have judged to stand on the map
FEWEST_PEOPLE = 4
MOST_PEOPLE = 2000
MOST_GROUPS = 5
ROUNDS = 100
CLEARLY = 0.05  # of a silhouette
CONSENSUS = 0.6  # of every group, smoothed

Judgements = Mapping[str, Mapping[str, int]]  # person -> statement -> agree, disagree or pass


@dataclass(frozen=True)
class Leaning:
    """How a group, or everybody, judged one statement."""

    agree: int
    disagree: int
    passed: int

    @property
    def seen(self) -> int:
        return self.agree + self.disagree + self.passed

    def share(self, sign: int) -> float:
        """Return the smoothed share who agree or disagree: (n + 1) / (seen + 2)."""
        return ((self.agree if sign == AGREE else self.disagree) + 1) / (self.seen + 2)


@dataclass(frozen=True)
class Map:
    """`points`: where each person stands; `groups`: who stands together, the largest first.

    `consensus`: statements that every group agrees with (1) or disagrees with (-1), surest first.
    """

    points: Mapping[str, tuple[float, float]]
    groups: Sequence[Sequence[str]]
    leanings: Mapping[str, Sequence[Leaning]]
    everybody: Mapping[str, Leaning]
    consensus: Sequence[tuple[str, int]]


def drawn(judgements: Judgements) -> Map:
    """Return the map of these judgements; without groups where too few people judged enough."""
    statements = sorted({name for said in judgements.values() for name in said})
    everybody = {name: leaning(judgements, list(judgements), name) for name in statements}
    people = _placeable(judgements)
    if len(people) < FEWEST_PEOPLE:
        return Map({}, [], {}, everybody, [])
    points = placed(judgements, people, statements)
    groups = [[people[row] for row in group] for group in grouped(points)]
    leanings = {name: [leaning(judgements, group, name) for group in groups] for name in statements}
    places = {name: (float(x), float(y)) for name, (x, y) in zip(people, points, strict=True)}
    return Map(places, groups, leanings, everybody, consensus(leanings))


def _placeable(judgements: Judgements) -> list[str]:
    """Return who judged enough to be placed; of very many, those who judged most."""
    enough = [name for name, said in judgements.items() if len(said) >= FEWEST_JUDGED]
    return sorted(sorted(enough, key=lambda n: (-len(judgements[n]), n))[:MOST_PEOPLE])


def leaning(judgements: Judgements, people: Sequence[str], statement: str) -> Leaning:
    said = [judgements[name][statement] for name in people if statement in judgements[name]]
    return Leaning(said.count(AGREE), said.count(DISAGREE), said.count(PASS))


def consensus(leanings: Mapping[str, Sequence[Leaning]]) -> list[tuple[str, int]]:
    """Return the statements on which every group is of one mind, by its least convinced group."""
    found = []
    for name, groups in leanings.items():
        for sign in (AGREE, DISAGREE):
            least = min(group.share(sign) for group in groups)
            if least >= CONSENSUS:
                found.append((-least, name, sign))
    return [(name, sign) for _least, name, sign in sorted(found)]


def placed(judgements: Judgements, people: Sequence[str], statements: Sequence[str]) -> np.ndarray:
    """Return two coordinates for each person."""
    said = np.array([[judgements[p].get(s, np.nan) for s in statements] for p in people])
    seen = ~np.isnan(said)
    means = np.where(seen, said, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    centred = np.where(seen, said, means) - means
    _left, _sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.vstack([axes, np.zeros((2, len(statements)))])[:2]
    signs = np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1, 1)
    out = np.sqrt(len(statements) / seen.sum(axis=1))
    return np.round(centred @ (axes * signs[:, None]).T * out[:, None], 6)


def grouped(points: np.ndarray) -> list[list[int]]:
    """Return the groups, as rows; the largest first. More of them must fit clearly better."""
    apart = np.sqrt(_far(points, points))
    most = min(MOST_GROUPS, len(np.unique(points, axis=0)), len(points) // 2)
    best, fit = np.zeros(len(points), dtype=int), 0.0
    for k in range(2, most + 1):
        labels = _k_means(points, k)
        fits = _silhouette(apart, labels)
        if fits > fit + CLEARLY:
            best, fit = labels, fits
    groups = [np.flatnonzero(best == label).tolist() for label in np.unique(best)]
    return sorted(groups, key=lambda group: (-len(group), group))


def _k_means(points: np.ndarray, k: int) -> np.ndarray:
    centres = _starts(points, k)
    labels = np.full(len(points), -1)
    for _round in range(ROUNDS):
        found = _far(points, centres).argmin(axis=1)
        if (found == labels).all():
            break
        labels = found
        kept = np.unique(labels)
        centres = np.array([points[labels == label].mean(axis=0) for label in kept])
        labels = np.searchsorted(kept, labels)
    return labels


def _starts(points: np.ndarray, k: int) -> np.ndarray:
    """Return k places far from each other, beginning with the one farthest from the middle."""
    places = np.unique(points, axis=0)
    starts = [places[_far(places, places.mean(axis=0)[None]).argmax()]]
    while len(starts) < k:
        starts.append(places[_far(places, np.array(starts)).min(axis=1).argmax()])
    return np.array(starts)


def _silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over people of how much nearer their own group is than the next."""
    kinds = np.unique(labels)
    if len(kinds) < 2:
        return -1.0
    sums = np.stack([apart[:, labels == kind].sum(axis=1) for kind in kinds], axis=1)
    sizes = np.array([(labels == kind).sum() for kind in kinds])
    own = np.searchsorted(kinds, labels)
    rows = np.arange(len(labels))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    others = sums / sizes
    others[rows, own] = np.inf
    outside = others.min(axis=1)
    fits = (outside - inside) / np.maximum(np.maximum(outside, inside), 1e-12)
    return float(np.where(sizes[own] > 1, fits, 0).mean())


def _far(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the squared distance of each place to each other one."""
    return ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
