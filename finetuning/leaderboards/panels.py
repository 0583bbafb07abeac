"""What the first page shows of the leaderboards."""

from collections.abc import Sequence
from typing import Any

from django.core.cache import caches

from finetuning.benchmarks.models import LOWER_IS_BETTER, BenchmarkVersion
from finetuning.evaluation.models import RunState, Score
from models_registry.models.repos import Visibility
from portal.access import Actor
from portal.panels import Contexts, panel

SHOWN = 4
SCORES_AT_MOST = 500
SECONDS = 20


@panel("home.main", 20, template="finetuning/panel_boards.html")
def boards(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Return the newest version of each benchmark with its best score; public, so kept a while."""
    shown = caches["local"].get_or_set("home:boards", _boards, SECONDS)
    return {None: {"boards": shown}} if shown else {}


def _boards() -> list[tuple[BenchmarkVersion, Score | None]]:
    newest: dict[int, BenchmarkVersion] = {}
    versions = BenchmarkVersion.objects.select_related("benchmark").order_by("-created_at", "-pk")
    for version in versions:
        newest.setdefault(version.benchmark_id, version)
    shown = list(newest.values())[:SHOWN]
    best = _best(shown)
    return [(version, best.get(version.pk)) for version in shown]


def _best(versions: Sequence[BenchmarkVersion]) -> dict[int, Score]:
    """Return each version's best headline score, of the newest scored revision of each model."""
    metrics = {version.pk: version.benchmark.headline for version in versions}
    scores = (
        Score.objects.filter(
            metric__in=set(metrics.values()),
            run__state=RunState.DONE,
            run__submission__version__in=versions,
            run__submission__repo__visibility=Visibility.PUBLIC,
        )
        .select_related("run__submission__repo__namespace")
        .order_by("-run__submission__submitted_at", "-run")[:SCORES_AT_MOST]
    )
    newest: dict[tuple[int, int], Score] = {}
    for score in scores:
        submission = score.run.submission
        if score.metric == metrics[submission.version_id]:
            newest.setdefault((submission.version_id, submission.repo_id), score)
    best: dict[int, Score] = {}
    for (version, _repo), score in newest.items():
        if version not in best or _rank(score) > _rank(best[version]):
            best[version] = score
    return best


def _rank(score: Score) -> float:
    return -score.value if score.metric in LOWER_IS_BETTER else score.value
