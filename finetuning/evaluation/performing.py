"""One evaluation from files to findings. Runs in a worker; loads no member file itself."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from finetuning import acceptance, sandbox
from finetuning.benchmarks import storage
from finetuning.evaluation import collecting, comparing, results, steps
from finetuning.evaluation.models import EvaluationRun, Failure, Phase
from finetuning.evaluation.results import MemberFault
from finetuning.evaluation.states import Findings
from finetuning.sandbox import Outcome, Progress, Task
from finetuning.submissions import scanning
from models_registry import gate, revisions
from models_registry.models import Repo
from portal import access
from portal.access import Actor
from portal.errors import Refused

Tell = Callable[[str, int, int], None]
Check = Callable[[], None]


class Evaluation:
    """The course of one run: `tell` takes progress, `check` raises when it must stop."""

    def __init__(self, run: EvaluationRun, tell: Tell, check: Check):
        self.run = run
        self.submission = run.submission
        self.version = run.submission.version
        self.task = run.submission.version.benchmark.task
        self.tell = tell
        self.check = check
        self.peak = 0
        self.base = comparing.base_run(run.submission)

    def perform(self) -> Findings:
        """Return what was found; raises `MemberFault`, or anything else for our own faults."""
        root = Path(settings.DATA_DIR) / "work"
        root.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix="run-") as folder:
            accepted = self.accept()
            classes = self.classes(accepted)
            self.check()
            return self.measure(Path(folder), accepted, classes)

    def accept(self) -> acceptance.Accepted:
        self.tell(Phase.CHECKING, 0, 1)
        repo = self.submission.repo
        self.require_rights(repo)
        revision = revisions.resolve(repo, self.submission.revision)
        report = scanning.examine(revision, self.task)
        scanning.keep(repo, self.submission.revision, report.of_files())
        if report.accepted is None:
            raise MemberFault(Failure.REFUSED, *(found.text for found in report.refusals[:5]))
        return report.accepted

    def require_rights(self, repo: Repo) -> None:
        """A worker acts with the rights that its submitter has now, consent included."""
        actor = Actor(self.submission.submitted_by)
        try:
            access.require(actor, "download", repo)
            gate.check(actor, repo)
        except Refused as refusal:
            raise MemberFault(Failure.REFUSED, str(refusal)) from None

    def classes(self, accepted: acceptance.Accepted) -> list[int]:
        names = dict(accepted.id2label) if accepted.id2label else None
        try:
            return steps.class_map(names, accepted.classes, self.version.labels)
        except ValueError as error:
            raise MemberFault(Failure.LABELS, *error.args) from None

    def measure(self, folder: Path, accepted: acceptance.Accepted, classes: list[int]) -> Findings:
        """Predict, then score; the two processes share nothing but the predictions."""
        items, gold = storage.materialise(self.version, folder)
        model = collecting.model_folder(accepted, folder / "model")
        job = self.version.predict_job(
            threads=settings.EVALUATION_THREADS, device=settings.EVALUATION_DEVICE
        )
        predicting = steps.predict(folder, model=model, items=items, job=job)
        predicted = self.step(predicting)
        record = results.read_json(predicting.outputs["record"]) or {}
        scoring = steps.score(
            folder,
            gold=gold,
            predictions=predicting.outputs["predictions"],
            job=self.version.score_job(classes),
            base=comparing.counts_of(self.base, folder / "base-counts"),
        )
        self.step(scoring)
        return self.findings(accepted, classes, record, predicted, predicting, scoring)

    def step(self, task: Task) -> Outcome:
        def progressed(progress: Progress) -> None:
            self.tell(progress.phase, progress.done, progress.total)

        outcome = sandbox.run(task, cancelled=self.stopped, progressed=progressed)
        self.peak = max(self.peak, outcome.peak_bytes)
        results.require_ok(outcome, task.outputs["record"])
        return outcome

    def stopped(self) -> bool:
        self.check()
        return False

    def findings(
        self,
        accepted: acceptance.Accepted,
        classes: list[int],
        record: dict[str, Any],
        predicted: Outcome,
        predicting: Task,
        scoring: Task,
    ) -> Findings:
        result = results.read_json(scoring.outputs["result"])
        if result is None:
            raise MemberFault(Failure.OUTPUT)
        plan = record.get("plan") if isinstance(record.get("plan"), dict) else {}
        environment = record | {
            "runner_sha256": steps.runner_sha256(),
            "data_sha256": self.version.data_sha256,
            "scorer": self.version.scorer,
            "predict": predicted.facts(),
            "at": int(time.time()),
        }
        return Findings(
            digest=accepted.digest,
            parameters=accepted.parameters,
            plan_sha256=str((plan or {}).get("sha256", ""))[:64],
            environment=environment,
            scores=results.scores(result, self.task),
            peak_bytes=self.peak,
            report={
                "labels": result["report"],
                "entities": result["entities"],
                "support": int(result["support"]),
                "units": int(result["units"]),
                "classes": classes,
                "predictions": results.packed(predicting.outputs["predictions"]),
                "counts": results.packed(scoring.outputs["counts"]),
                "columns": int(result["columns"]),
                "against_base": comparing.kept(self.base, result.get("against_base")),
            },
        )
