"""Which results that stand in a repo are ours: the proof says so, for this repo and this value."""

from typing import Any

from django.core.exceptions import ValidationError

from finetuning.evaluation import attesting
from finetuning.evaluation.models import EvaluationRun, RunState
from models_registry.models import Repo
from models_registry.results import attest


@attest
def measured(repo: Repo, entry: dict[str, Any]) -> bool:
    """Whether a run of ours gave this value to a revision of this very repo.

    A proof copied from another repo, beside another value, or on other data proves nothing here.
    """
    try:
        claims = attesting.verified(str(entry.get("verifyToken", "")))
        run = EvaluationRun.objects.for_pages().filter(uuid=claims["run"]).first()
    except (attesting.NotOurs, KeyError, ValidationError):
        return False
    if run is None or run.state != RunState.DONE or run.submission.repo_id != repo.pk:
        return False
    benchmark = run.submission.version.benchmark
    headline = claims["scores"].get(benchmark.headline)
    return bool(entry["dataset"]["id"] == benchmark.slug and entry["value"] == headline)
