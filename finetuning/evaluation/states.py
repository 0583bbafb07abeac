"""The states of a run. The only module that writes them, always by compare-and-set."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from finetuning.evaluation import notices
from finetuning.evaluation.models import (
    LIVE,
    ORDER,
    EvaluationReport,
    EvaluationRun,
    Phase,
    RunState,
    Score,
)
from finetuning.submissions.models import Submission
from models_registry.formats.sentences import all_told, kept
from portal import events, jobs
from portal.clock import db_now
from portal.errors import NotNow
from portal.people.models import Person

EVALUATE = "finetuning.jobs.evaluate"
WRITE_BACK = "finetuning.jobs.write_back"


class RunEnded(NotNow):
    code = "RunEnded"
    default = _("This run has ended already.")


class Superseded(Exception):
    """Another attempt holds this run, or it has ended: what was being written must not be."""


@dataclass(frozen=True)
class Findings:
    """What a run found, ready to be written: scores, report and record."""

    digest: str
    parameters: int
    plan_sha256: str
    environment: dict[str, Any]
    scores: list[dict[str, Any]]
    report: dict[str, Any] = field(repr=False)
    peak_bytes: int = 0


def queue(submission: Submission) -> EvaluationRun:
    """Create a run and its job; the caller's transaction holds both."""
    run = EvaluationRun.objects.create(submission=submission, queued_at=db_now())
    place = "gpu" if settings.EVALUATION_DEVICE == "cuda" else "cpu"
    run.job = jobs.enqueue(EVALUATE, str(run.uuid), {"run": str(run.uuid)}, queue=place)
    run.save(update_fields=["job"])
    return run


def _held(run: EvaluationRun, attempt: int) -> Any:
    return EvaluationRun.objects.filter(pk=run.pk, state=RunState.RUNNING, attempt=attempt)


def start(run: EvaluationRun, attempt: int) -> None:
    """Take the run for this attempt; a later attempt takes it from an earlier one."""
    now = db_now()
    taken = EvaluationRun.objects.filter(pk=run.pk, state__in=LIVE, attempt__lt=attempt).update(
        state=RunState.RUNNING,
        attempt=attempt,
        phase=Phase.CHECKING,
        done=0,
        total=0,
        started_at=now,
        phase_at=now,
        sequence=F("sequence") + 1,
    )
    if not taken:
        raise Superseded


def advance(run: EvaluationRun, attempt: int, phase: str, done: int, total: int) -> bool:
    """Write progress; what would go back (an earlier phase, a smaller count) is dropped."""
    if phase not in ORDER:
        return False
    held = _held(run, attempt)
    earlier = ORDER[: ORDER.index(phase)]
    forward = {"phase": phase, "done": done, "total": total, "sequence": F("sequence") + 1}
    if held.filter(phase__in=earlier).update(**forward, phase_at=db_now()):
        return True
    return bool(held.filter(phase=phase, done__lt=done).update(**forward))


def remember(run: EvaluationRun, attempt: int, **values: Any) -> None:
    """Write facts found on the way (digest, parameters)."""
    if not _held(run, attempt).update(**values, sequence=F("sequence") + 1):
        raise Superseded


def finish(run: EvaluationRun, attempt: int, found: Findings) -> None:
    """Write scores, report and state. The caller holds the transaction that fences the attempt."""
    won = _held(run, attempt).update(
        state=RunState.DONE,
        ended_at=db_now(),
        digest=found.digest,
        parameters=found.parameters,
        plan_sha256=found.plan_sha256,
        environment=found.environment,
        peak_bytes=found.peak_bytes,
        sequence=F("sequence") + 1,
    )
    if not won:
        raise Superseded
    split = run.submission.version.split
    scores = [Score(run=run, split=split, **score) for score in found.scores]
    Score.objects.bulk_create(scores)
    EvaluationReport.objects.create(run=run, **found.report)
    headline = scores[0]
    body = {"digest": found.digest, "metric": headline.metric, "value": headline.value}
    events.record("finetuning:run:scored", subject=f"run:{run.uuid}", body=body)
    jobs.enqueue(WRITE_BACK, str(run.uuid), {"run": str(run.uuid)})
    notices.scored(run, headline)


def fail(
    run: EvaluationRun, failure: str, *said: str, attempt: int | None = None, peak: int = 0
) -> bool:
    """End a live run as failed; `attempt` fences it where one holds the run."""
    parts = kept(said)
    rows = EvaluationRun.objects.filter(pk=run.pk, state__in=LIVE)
    if attempt is not None:
        rows = rows.filter(attempt=attempt)
    with transaction.atomic():
        won = rows.update(
            state=RunState.FAILED,
            failure=failure,
            failure_text=all_told(parts, str)[:2000],
            failure_said=parts,
            peak_bytes=peak,
            ended_at=db_now(),
            sequence=F("sequence") + 1,
        )
        if won:
            body = {"failure": failure}
            events.record("finetuning:run:failed", subject=f"run:{run.uuid}", body=body)
            notices.failed(run, failure, parts)
    return bool(won)


def cancel(run: EvaluationRun, by: Person) -> None:
    """Cancel a live run: the row says so at once, the worker ends the process within a second."""
    with transaction.atomic():
        won = EvaluationRun.objects.filter(pk=run.pk, state__in=LIVE).update(
            state=RunState.CANCELLED,
            cancelled_by=by,
            ended_at=db_now(),
            sequence=F("sequence") + 1,
        )
        if not won:
            raise RunEnded
        subject = f"run:{run.uuid}"
        events.record("finetuning:run:cancelled", actor=by, subject=subject)
        notices.cancelled(run, by)
        if run.job is not None:
            jobs.cancel(run.job, by=by)


def settle_lost() -> int:
    """End runs whose job has ended without them: the platform's fault, said as such.

    What the job itself says of its end is for operators: it may name places of the server.
    """
    lost = EvaluationRun.objects.filter(state__in=LIVE, job__state__in=["failed", "cancelled"])
    settled = 0
    for run in lost.select_related("job")[:100]:
        settled += fail(run, "platform.fault", "The job ended without a result.")
    return settled


def eta(run: EvaluationRun, now: dt.datetime) -> dt.timedelta | None:
    """Return the time left in the present phase, from its pace so far; None before there is one."""
    if run.state != RunState.RUNNING or not run.done or not run.total or run.phase_at is None:
        return None
    spent = now - run.phase_at
    return spent * (run.total - run.done) / run.done
