"""All models of evaluation, gathered from its rooms."""

from finetuning.benchmarks.models import Benchmark, BenchmarkVersion
from finetuning.evaluation.models import EvaluationReport, EvaluationRun, Score
from finetuning.submissions.models import Scan, Submission
from portal import triggers

triggers.append_only(BenchmarkVersion)
triggers.append_only(Score, may_delete=True)  # with the repo it is about
triggers.append_only(EvaluationReport, may_delete=True)
triggers.forbid(
    EvaluationRun,
    "ends_once",
    on="update",
    when="OLD.state IN ('done', 'failed', 'cancelled') AND OLD.state IS DISTINCT FROM NEW.state",
    message="a run that has ended stays as it ended",
)

__all__ = [
    "Benchmark",
    "BenchmarkVersion",
    "EvaluationReport",
    "EvaluationRun",
    "Scan",
    "Score",
    "Submission",
]
