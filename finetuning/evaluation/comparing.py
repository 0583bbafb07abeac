"""A fine-tune beside the model it was made from: the same rows, so the differences are paired."""

import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import LOWER_IS_BETTER, Metric
from finetuning.evaluation.models import EvaluationReport, EvaluationRun, RunState
from finetuning.submissions.models import Submission
from models_registry.models.repos import Visibility
from portal.access import Actor


def base_run(submission: Submission) -> EvaluationRun | None:
    """Return the newest scored run of a public base model on the same data, scored the same way."""
    if submission.base_id is None:
        return None
    return (
        EvaluationRun.objects.filter(
            state=RunState.DONE,
            submission__repo=submission.base_id,
            submission__version=submission.version_id,
            submission__repo__visibility=Visibility.PUBLIC,
        )
        .order_by("-submission__submitted_at", "-pk")
        .first()
    )


def counts_of(run: EvaluationRun | None, place: Path) -> Path | None:
    """Lay the counts of a run out for the scorer."""
    report = EvaluationReport.objects.filter(run=run).first() if run else None
    if report is None:
        return None
    place.write_bytes(zlib.decompress(report.counts))
    return place


def kept(run: EvaluationRun | None, differences: object) -> dict[str, Any]:
    """Return what a report keeps of the comparison."""
    if run is None or not isinstance(differences, list) or not differences:
        return {}
    return {"run": str(run.uuid), "differences": differences}


class Verdict(TextChoices):
    BETTER = "better", _("better")
    WORSE = "worse", _("worse")
    OPEN = "open", _("not told apart")


@dataclass(frozen=True)
class Difference:
    """This model's metric less that of its base, with its 95 % interval."""

    metric: Metric
    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        if self.low <= 0 <= self.high:
            return Verdict.OPEN
        rises = (self.value > 0) != (self.metric in LOWER_IS_BETTER)
        return Verdict.BETTER if rises else Verdict.WORSE


@dataclass(frozen=True)
class Comparison:
    run: EvaluationRun
    differences: list[Difference]

    def facts(self) -> dict[str, Any]:
        base = self.run.submission.repo.full_name
        rows = [asdict(found) | {"verdict": found.verdict.value} for found in self.differences]
        return {"run": str(self.run.uuid), "base": base, "differences": rows}


def shown(report: EvaluationReport | None, actor: Actor) -> Comparison | None:
    """Return the comparison of a report, if this actor may see the base model."""
    if report is None or not report.against_base:
        return None
    runs = EvaluationRun.objects.visible_to(actor).for_pages()
    run = runs.filter(uuid=report.against_base["run"]).first()
    if run is None:
        return None
    rows = report.against_base["differences"]
    return Comparison(run, [Difference(**row | {"metric": Metric(row["metric"])}) for row in rows])
