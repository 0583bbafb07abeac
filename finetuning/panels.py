"""What the registry's pages show of evaluation: scores, the scan, and where to submit."""

from collections.abc import Sequence
from typing import Any

from finetuning.benchmarks.models import METRICS
from finetuning.evaluation.models import RunState, Score
from finetuning.submissions.models import Scan, ScanStatus
from models_registry.models import Repo
from models_registry.models.repos import Kind
from portal.access import Actor, decide
from portal.panels import Contexts, panel

SHOWN = 4
SCAN = "_scan_of_head"
HEADLINES = [metrics[0] for metrics in METRICS.values()]


def _models(repos: Sequence[Repo]) -> list[Repo]:
    return [repo for repo in repos if repo.kind == Kind.MODEL]


def _newest_scores(repos: Sequence[Repo]) -> dict[int, list[Score]]:
    """Return the headline score of each repo's newest scored run of each benchmark. One query."""
    scores = (
        Score.objects.filter(
            run__state=RunState.DONE, run__submission__repo__in=repos, metric__in=HEADLINES
        )
        .select_related("run__submission__version__benchmark")
        .order_by("-run__ended_at")
    )
    found: dict[int, dict[int, Score]] = {}
    for score in scores:
        submission = score.run.submission
        if score.metric == submission.version.benchmark.headline:
            of_repo = found.setdefault(submission.repo_id, {})
            of_repo.setdefault(submission.version.benchmark_id, score)
    return {repo: list(scores.values()) for repo, scores in found.items()}


def _described(score: Score) -> dict[str, Any]:
    return {
        "run": score.run,
        "benchmark": score.run.submission.version.benchmark,
        "score": score,
    }


def _head_scans(repos: Sequence[Repo]) -> dict[int, Scan]:
    """Return the scan of each repo's newest revision. The page's panels ask once between them."""
    asked = [repo for repo in repos if not hasattr(repo, SCAN)]
    heads = [repo.head_oid for repo in asked if repo.head_oid]
    scans = Scan.objects.filter(repo__in=asked, revision__in=heads) if heads else []
    known = {(scan.repo_id, scan.revision): scan for scan in scans}
    for repo in asked:
        setattr(repo, SCAN, known.get((repo.pk, repo.head_oid)))
    return {repo.pk: scan for repo in repos if (scan := getattr(repo, SCAN)) is not None}


@panel("repo.aside", 20, template="finetuning/panel_scores.html")
def scores(repos: Sequence[Repo], actor: Actor) -> Contexts:
    models = _models(repos)
    found, scans = _newest_scores(models), _head_scans(models)
    return {
        repo.pk: {
            "scores": [_described(score) for score in found.get(repo.pk, [])[:SHOWN]],
            "scan": scans.get(repo.pk),
            "may_submit": bool(decide(actor, "write", repo)) if actor.person else False,
        }
        for repo in models
    }


@panel("repo.banner", 30, template="finetuning/panel_refused.html")
def refused(repos: Sequence[Repo], actor: Actor) -> Contexts:
    scans = _head_scans(_models(repos))
    return {pk: {"scan": scan} for pk, scan in scans.items() if scan.status == ScanStatus.REFUSED}


@panel("repo.row", 20, template="finetuning/panel_row.html")
def best_score(repos: Sequence[Repo], actor: Actor) -> Contexts:
    found = _newest_scores(_models(repos))
    return {pk: _described(scores[0]) for pk, scores in found.items()}


@panel("help", 30, template="finetuning/panel_help.html")
def help_with_scores(objects: Sequence[Any], actor: Actor) -> Contexts:
    return {None: {}}
