"""The sweep: finds every job that fell between two processes. Run by the beat, safe to run twice.

- queued but never published (killed between COMMIT and publish, broker away, delay over): publish;
- published but lost by the broker: publish again, as many as its queue is short of;
- running with an expired lease or a dead worker: back to the queue, or failed if it was the last
  attempt (a poison job kills each worker that takes it).
"""

import datetime as dt
import logging

from django.db.models import Q, QuerySet

from portal.clock import db_now
from portal.jobs import broker, liveness
from portal.jobs.models import Job, JobState
from portal.jobs.outbox import publish

logger = logging.getLogger(__name__)

GRACE = dt.timedelta(seconds=2)  # the deed's own process is about to publish
STALE = dt.timedelta(seconds=10)  # a message may be missed after that long
BATCH = 500


def sweep() -> dict[str, int]:
    """Mend what can be mended now; return how many jobs of each kind were found."""
    return {"expired": sweep_expired(), **sweep_queued()}


def sweep_queued() -> dict[str, int]:
    """Publish what is due and was never published, then what the broker lost."""
    return {"published": publish_due(), "lost": republish_lost()}


def publish_due() -> int:
    """Publish queued jobs that are due; stop at the first the broker does not take."""
    due = Job.objects.filter(
        state=JobState.QUEUED, published_at__isnull=True, run_after__lte=db_now() - GRACE
    )
    return _publish(due.order_by("run_after"), BATCH)


def republish_lost() -> int:
    """Publish again the oldest jobs that the broker's queues are short of."""
    old = Job.objects.filter(state=JobState.QUEUED, published_at__lt=db_now() - STALE)
    count = 0
    for queue in old.order_by("queue").values_list("queue", flat=True).distinct():
        known = Job.objects.filter(
            queue=queue, state=JobState.QUEUED, published_at__isnull=False
        ).count()
        try:
            missed = known - broker.waiting(queue)
        except Exception as error:  # each transport raises its own: the broker is away
            logger.warning("the queue %s cannot be counted: %s", queue, error)
            continue
        if missed > 0:
            stale = old.filter(queue=queue).order_by("published_at")
            count += _publish(stale, min(missed, BATCH))
    return count


def sweep_expired() -> int:
    """Take running jobs from workers that are gone."""
    now = db_now()
    running = Job.objects.filter(state=JobState.RUNNING)
    gone = [job for job in running if _is_gone(job, now)]
    return sum(_take_back(job, now) for job in gone)


def _is_gone(job: Job, now: dt.datetime) -> bool:
    expired = job.lease_until is not None and job.lease_until < now
    return expired or liveness.is_dead(job.worker)


def _take_back(job: Job, now: dt.datetime) -> int:
    """End or requeue a job by compare-and-set on the attempt we judged."""
    if job.cancel_requested:
        fields = {"state": JobState.CANCELLED, "ended_at": now}
    elif job.is_last_attempt:
        fields = {"state": JobState.FAILED, "ended_at": now, "error": poison(job)}
    else:
        fields = {"state": JobState.QUEUED, "run_after": now - GRACE, "published_at": None}
    held = Q(lease_until=job.lease_until, worker=job.worker)
    return Job.objects.filter(
        held, pk=job.pk, attempts=job.attempts, state=JobState.RUNNING
    ).update(lease_until=None, **fields)


def poison(job: Job) -> str:
    """Return the reason with which a job fails that outlived none of its workers."""
    before = f" Before that: {job.error}" if job.error else ""
    return (
        f"The worker disappeared in each of {job.attempts - job.interruptions} attempts; "
        f"the job is not tried again.{before}"
    )


def _publish(jobs: QuerySet[Job], limit: int) -> int:
    count = 0
    for job in jobs[:limit]:
        if not publish(job):
            break
        count += 1
    return count
