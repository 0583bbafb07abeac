"""A leaderboard: the newest scored revision of each public model, with what the data can tell.

Rows are ordered by the headline metric, but a rank is a range: a row whose 95 % interval overlaps
another's is not claimed to be above or below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from finetuning.benchmarks.models import LOWER_IS_BETTER, BenchmarkVersion
from finetuning.evaluation.models import EvaluationRun, RunState, Score
from models_registry.models.repos import Visibility

LIMIT = 500


@dataclass(frozen=True)
class Row:
    """`first` and `last`: the best and worst rank that the intervals leave open."""

    run: EvaluationRun
    scores: dict[str, Score]
    headline: Score
    first: int
    last: int

    @property
    def rank(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def rows(version: BenchmarkVersion) -> list[Row]:
    """Return the board of one version in two queries."""
    newest: dict[int, EvaluationRun] = {}
    for run in scored([version]):
        newest.setdefault(run.submission.repo_id, run)
    return ranked(list(newest.values()), version.benchmark.headline)


def leaders(versions: Sequence[BenchmarkVersion]) -> dict[int, Row]:
    """Return the first row of each version that has one, for an overview, in two queries."""
    by_version: dict[int, dict[int, EvaluationRun]] = {}
    for run in scored(versions):
        of_version = by_version.setdefault(run.submission.version_id, {})
        of_version.setdefault(run.submission.repo_id, run)
    metrics = {version.pk: version.benchmark.headline for version in versions}
    return {
        pk: ranked(list(runs.values()), metrics[pk])[0] for pk, runs in by_version.items() if runs
    }


def scored(versions: Sequence[BenchmarkVersion]) -> QuerySet[EvaluationRun]:
    """Return the scored runs of public models, newest submission first, with their scores."""
    return (
        EvaluationRun.objects.filter(
            state=RunState.DONE,
            submission__version__in=versions,
            submission__repo__visibility=Visibility.PUBLIC,
        )
        .select_related("submission__repo__namespace", "submission__base__namespace")
        .prefetch_related("scores")
        .order_by("-submission__submitted_at", "-pk")[:LIMIT]
    )


def ranked(runs: Sequence[EvaluationRun], metric: str) -> list[Row]:
    scores = {run.pk: {score.metric: score for score in run.scores.all()} for run in runs}
    better = -1 if metric in LOWER_IS_BETTER else 1
    known = [run for run in runs if metric in scores[run.pk]]
    known.sort(key=lambda run: (-better * scores[run.pk][metric].value, run.pk))
    spans = [ordered(scores[run.pk][metric], better) for run in known]
    found = []
    for run, (low, high) in zip(known, spans, strict=True):
        above = sum(other_low > high for other_low, _ in spans)
        below = sum(other_high < low for _, other_high in spans)
        mine = scores[run.pk]
        found.append(Row(run, mine, mine[metric], above + 1, len(known) - below))
    return found


def ordered(score: Score, better: int) -> tuple[float, float]:
    """Return the interval so that larger is better."""
    ends = (better * score.low, better * score.high)
    return min(ends), max(ends)
