"""The jobs of evaluation: id in, load, guard, act; safe to run twice."""

import logging
import time
from functools import partial
from typing import Any

from finetuning.benchmarks.formats import Unreadable
from finetuning.evaluation import states, writing_back
from finetuning.evaluation.models import EvaluationRun, Failure, RunState
from finetuning.evaluation.performing import Evaluation
from finetuning.evaluation.results import MemberFault
from finetuning.sandbox import Unavailable
from finetuning.submissions import scanning
from portal import jobs
from portal.errors import Refused
from portal.events.keys import KeyLost

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
WRITE_EVERY_S = 0.7


@jobs.handler(queue="cpu", lease_seconds=90, max_attempts=MAX_ATTEMPTS)
def evaluate(job: jobs.Run) -> dict[str, Any] | None:
    """Score one submission. Member faults end the run; faults of ours are retried."""
    run = EvaluationRun.objects.for_pages().get(uuid=job.payload["run"])
    if not run.is_live:
        return None
    try:
        states.start(run, job.attempt)
        found = Evaluation(run, Telling(run, job), partial(check, job)).perform()
        with job.fenced():
            states.finish(run, job.attempt, found)
    except MemberFault as fault:
        states.fail(run, fault.failure, *fault.said, attempt=job.attempt, peak=fault.peak)
        return {"failure": fault.failure.value}
    except Refused as refusal:
        states.fail(run, Failure.REFUSED, str(refusal), attempt=job.attempt)
        return {"failure": Failure.REFUSED.value}
    except states.Superseded:
        return None
    except (OSError, Unavailable, Unreadable) as fault:
        log.exception("run %s failed by a fault of the platform", run.uuid)
        if job.job.is_last_attempt:
            states.fail(run, Failure.PLATFORM, type(fault).__name__, attempt=job.attempt)
        raise jobs.Retry(f"{type(fault).__name__}: {fault}") from fault
    return {"run": str(run.uuid)}


def check(job: jobs.Run) -> None:
    """Raise when the job was cancelled or lost. Looks each time: a cancelled run ends at once."""
    job.look()
    job.check()


class Telling:
    """Writes progress to the run's row and the job's, not more often than a page looks."""

    def __init__(self, run: EvaluationRun, job: jobs.Run):
        self.run = run
        self.job = job
        self.at = 0.0
        self.phase = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase == self.phase and done < total and now - self.at < WRITE_EVERY_S:
            return
        self.at, self.phase = now, phase
        if states.advance(self.run, self.job.attempt, phase, done, total):
            self.job.progress(done, total, phase)


@jobs.handler(queue="default", lease_seconds=60, max_attempts=5)
def write_back(job: jobs.Run) -> dict[str, Any] | None:
    """Write a scored run's result into its repo, as a revision of the evaluation account."""
    run = EvaluationRun.objects.for_pages().get(uuid=job.payload["run"])
    if run.state != RunState.DONE or run.written_oid:
        return None
    try:
        return {"oid": writing_back.write(run)}
    except KeyLost as fault:  # the operator brings the file back; the result waits
        raise jobs.Retry(str(fault)) from fault


@jobs.handler(queue="default", lease_seconds=60, max_attempts=3)
def scan_new_revisions(job: jobs.Run) -> dict[str, Any] | None:
    """Examine the newest revision of models that nobody looked at yet."""
    found = scanning.unscanned(limit=20)
    for repo in found:
        job.check()
        try:
            scanning.scan(repo, repo.head_oid)
        except OSError:
            log.exception("repo %s could not be scanned", repo.pk)
    return {"scanned": len(found)}


@jobs.handler(queue="default", lease_seconds=30, max_attempts=3)
def settle_lost_runs(job: jobs.Run) -> dict[str, Any] | None:
    """End runs whose job ended without them."""
    return {"settled": states.settle_lost()}


jobs.every(10, "finetuning.jobs.scan_new_revisions")
jobs.every(30, "finetuning.jobs.settle_lost_runs")
