"""One attempt at a job: claim, heartbeat, fenced writes, and how it ends.

The state table (anything else is refused by the database, see models):

    queued   claim       running      attempts + 1, a lease, this worker
    running  heartbeat   running      the lease renewed
    running  return      done
    running  exception   failed       the job's own fault
    running  Retry       queued       a platform fault; failed after the last attempt
    running  stop        queued       an orderly stop of the worker; not counted against it
    running  Cancelled   cancelled
    running  lease lost  running      whoever claimed it since writes; this attempt writes nothing
"""

import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet

from portal.clock import db_now
from portal.errors import Refused
from portal.jobs import handlers, liveness
from portal.jobs.models import Job, JobState

logger = logging.getLogger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError)
LOOK_SECONDS = 1.0  # how stale the cancel flag that `check` reads may be
PROGRESS_SECONDS = 0.5
LONGEST_ERROR = 2000


class Cancelled(Exception):
    """Somebody cancelled the job: stop, clean up, let this pass."""


class LeaseLost(Exception):
    """Another attempt may hold the job now: stop, write nothing, let this pass."""


class Retry(Exception):
    """A fault of the platform, not of the job: try again later, up to the last attempt."""


class Run:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload
        self.attempt: int = job.attempts
        self.finished = False
        self.cancelled = threading.Event()
        self.lost = threading.Event()
        self._looked = time.monotonic()
        self._reported = 0.0
        self._phase = ""

    def progress(self, done: int, total: int, phase: str = "") -> None:
        """Say how far it is: at most twice a second, and always for a new phase and the end."""
        self.check()
        now = time.monotonic()
        due = now - self._reported >= PROGRESS_SECONDS
        if not (due or phase != self._phase or done >= total):
            return
        self._reported, self._phase = now, phase
        self._write(progress={"done": done, "total": total, "phase": phase})

    def check(self) -> None:
        """Raise `Cancelled` or `LeaseLost` when this attempt should stop. Cheap: call it often."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            with contextlib.suppress(*DATABASE_AWAY):
                self.look()
        if self.lost.is_set():
            raise LeaseLost()
        if self.cancelled.is_set():
            raise Cancelled()

    @contextlib.contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that commits only if this attempt still holds the job.

        The lease is renewed by the last statement: on PostgreSQL the row stays locked until the
        commit, so no other attempt can begin in between; on SQLite the write lock does the same.
        """
        before = self.finished
        try:
            with transaction.atomic():
                yield
                if not self.finished:
                    self._write(lease_until=self.next_lease())
        except BaseException:
            self.finished = before  # an end within was rolled back with the rest
            raise

    def finish(self, result: dict[str, Any] | None = None) -> None:
        """End the job as done; inside `fenced()` it ends in the same transaction as its effects."""
        self._write(
            state=JobState.DONE, result=result or {}, ended_at=db_now(), lease_until=None, error=""
        )
        self.finished = True

    def next_lease(self) -> dt.datetime:
        return db_now() + dt.timedelta(seconds=self.job.lease_seconds)

    def renew(self) -> None:
        """Renew the lease, or note that it is lost."""
        with contextlib.suppress(LeaseLost):
            self._write(lease_until=self.next_lease())

    def look(self) -> None:
        """Read the flag that cancels, and whether the job is still ours."""
        self._looked = time.monotonic()
        row = self._mine().values_list("cancel_requested", flat=True).first()
        if row is None and not self.finished:
            self.lost.set()
        elif row:
            self.cancelled.set()

    def _mine(self) -> QuerySet[Job]:
        """The row while this attempt holds it: the fence of every write."""
        return Job.objects.filter(pk=self.job.pk, attempts=self.attempt, state=JobState.RUNNING)

    def _write(self, **fields: Any) -> None:
        if self.lost.is_set() or not self._mine().update(**fields):
            self.lost.set()
            raise LeaseLost()


def claim(pk: int) -> Run | None:
    """Take a job if it is due and nobody holds it; a second delivery of its message gets None."""
    job = Job.objects.filter(pk=pk).first()
    now = db_now()
    if job is None or not _claimable(job, now):
        return None
    fields = {
        "state": JobState.RUNNING,
        "attempts": job.attempts + 1,
        "lease_until": now + dt.timedelta(seconds=job.lease_seconds),
        "worker": liveness.identity(),
        "started_at": job.started_at or now,
    }
    same = Job.objects.filter(pk=pk, state=job.state, attempts=job.attempts, worker=job.worker)
    if job.state == JobState.RUNNING:
        same = same.filter(lease_until=job.lease_until)  # not renewed since we read it
    if not same.update(**fields):
        return None
    job.refresh_from_db()
    return Run(job) if job.attempts == fields["attempts"] else None


def execute(pk: int) -> None:
    """Do the job with this primary key, unless it is done, held or not yet due."""
    run = claim(pk)
    if run is None:
        return
    with heartbeat(run):
        try:
            result = handlers.find(run.job.name)(run)
        except LeaseLost:
            logger.warning("job %s: attempt %s lost its lease", run.job.uuid, run.attempt)
        except Cancelled:
            settle(run, state=JobState.CANCELLED)
        except (Retry, *DATABASE_AWAY) as fault:
            retry(run, fault)
        except Exception as error:  # the edge: whatever a handler raises ends its job
            logger.exception("job %s (%s) failed", run.job.uuid, run.job.name)
            settle(run, state=JobState.FAILED, error=sentence(error))
        except BaseException:  # the worker is told to stop
            interrupted(run)
            raise
        else:
            settle(run, state=JobState.DONE, result=result or {})


def retry(run: Run, fault: Exception) -> None:
    """Queue the job again with a growing delay, or fail it with its reason."""
    if run.job.is_last_attempt:
        reason = f"{sentence(fault)} (attempt {run.attempt}, the last)"
        settle(run, state=JobState.FAILED, error=reason)
        return
    wait = dt.timedelta(seconds=5 * 2 ** min(run.attempt - 1, 6))
    settle(run, state=JobState.QUEUED, error=sentence(fault), wait=wait)


def interrupted(run: Run) -> None:
    """Give the job back because this worker stops; the attempt does not count against it."""
    settle(run, state=JobState.QUEUED, interruptions=F("interruptions") + 1)


def settle(run: Run, *, state: str, wait: dt.timedelta | None = None, **fields: Any) -> None:
    """Write how the attempt ended, once, if it still holds the job; wait for an absent database."""
    if run.finished:
        return
    until = time.monotonic() + run.job.lease_seconds
    while True:
        try:
            _settle(run, state, wait, fields)
        except LeaseLost:
            logger.warning("job %s: attempt %s ended too late", run.job.uuid, run.attempt)
        except DATABASE_AWAY:
            connection.close()
            if time.monotonic() < until:
                time.sleep(0.5)
                continue
            logger.exception("job %s: the database stayed away", run.job.uuid)
        return


def _settle(run: Run, state: str, wait: dt.timedelta | None, fields: dict[str, Any]) -> None:
    now = db_now()
    if state == JobState.QUEUED:
        fields |= {"run_after": now + (wait or dt.timedelta(0)), "published_at": None}
    else:
        fields |= {"ended_at": now}
    run._write(state=state, lease_until=None, **fields)
    run.finished = True


@contextlib.contextmanager
def heartbeat(run: Run) -> Iterator[None]:
    """Renew the lease from a thread, three times within its length, while the block runs."""
    stop = threading.Event()

    def beat() -> None:
        last = time.monotonic()
        while not stop.wait(run.job.lease_seconds / 3):
            try:
                run.renew()
                run.look()
                last = time.monotonic()
            except DATABASE_AWAY:
                connection.close()
            if time.monotonic() - last > run.job.lease_seconds:
                run.lost.set()  # nobody could be told that we still work: others may have it
            if run.lost.is_set():
                break
        connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat of job {run.job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def sentence(error: Exception) -> str:
    """Return what went wrong in one text: a refusal's own words, else the exception's."""
    text = str(error) if isinstance(error, (Refused, Retry)) else f"{type(error).__name__}: {error}"
    return text[:LONGEST_ERROR]


def _claimable(job: Job, now: dt.datetime) -> bool:
    if job.state == JobState.QUEUED:
        return job.run_after <= now
    if job.state != JobState.RUNNING or job.is_last_attempt or job.cancel_requested:
        return False  # the sweep ends the exhausted and the cancelled
    expired = job.lease_until is not None and job.lease_until < now
    return expired or liveness.is_dead(job.worker)
