"""Jobs on their way in: written with the deed, published after its commit, taken back on demand."""

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from portal import events
from portal.clock import db_now
from portal.errors import NotNow
from portal.jobs import broker, handlers
from portal.jobs.models import LIVE, Job, JobState

if TYPE_CHECKING:
    from portal.people.models import Person

logger = logging.getLogger(__name__)

REST_AFTER_FAILURE = 5.0  # seconds in which an unreachable broker is not tried again
_rest_until = 0.0


def enqueue(
    name: str,
    key: str,
    payload: dict[str, Any] | None = None,
    *,
    queue: str | None = None,
    priority: int = 5,
    delay: dt.timedelta | float | None = None,
    by: "Person | None" = None,
) -> Job:
    """Write a job in the caller's transaction; the live job of the same name and key is returned.

    `name` is the dotted path of a function marked with `@jobs.handler`; `key` names the deed, so
    that asking twice makes one job; `queue` is the handler's unless given; `priority` runs from 0
    (first) to 9 (last); `delay` is a time, or seconds, before which it does not start; `by` may
    see and cancel it. It is published when the transaction commits.
    """
    known = handlers.find(name)
    now = db_now()
    wait = delay if isinstance(delay, dt.timedelta) else dt.timedelta(seconds=delay or 0)
    fields = {
        "payload": payload or {},
        "queue": queue or known.queue,
        "priority": priority,
        "lease_seconds": known.lease_seconds,
        "max_attempts": known.max_attempts,
        "run_after": now + wait,
        "created_at": now,
        "created_by": by,
    }
    job, created = _get_or_create(name, key, fields)
    if created and not wait:
        transaction.on_commit(lambda: publish_after_commit(job))
    return job


def cancel(job: Job, *, by: "Person | None" = None) -> Job:
    """Stop a job: at once while it waits, at its next `run.check()` while it runs.

    Raises `NotNow` when it has ended. Returns the job as it is afterwards.
    """
    with transaction.atomic():
        now = db_now()
        live = Job.objects.filter(pk=job.pk)
        waiting = live.filter(state=JobState.QUEUED).update(
            state=JobState.CANCELLED, cancel_requested=True, ended_at=now
        )
        running = not waiting and live.filter(state=JobState.RUNNING).update(cancel_requested=True)
        if not waiting and not running:
            raise NotNow()
        events.record(
            "portal:job:cancelled", actor=by, subject=f"job:{job.uuid}", body={"name": job.name}
        )
        transaction.on_commit(lambda: broker.revoke(str(job.uuid)))
    job.refresh_from_db()
    return job


def publish(job: Job) -> bool:
    """Tell the broker of a queued job and note it; return whether the broker took it."""
    if not broker.send(job.pk, str(job.uuid), queue=job.queue, priority=job.priority):
        return False
    Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(published_at=db_now())
    return True


def publish_after_commit(job: Job) -> None:
    """Publish at once if the broker answers. Nothing is lost if not: the sweep publishes later."""
    global _rest_until
    if time.monotonic() < _rest_until:
        return
    try:
        reached = publish(job)
    except Exception:  # the deed is committed: whatever fails here must not look like its failure
        logger.exception("job %s stays for the sweep to publish", job.uuid)
        return
    if not reached:
        _rest_until = time.monotonic() + REST_AFTER_FAILURE


def _get_or_create(name: str, key: str, fields: dict[str, Any]) -> tuple[Job, bool]:
    live = Job.objects.filter(name=name, key=key, state__in=LIVE)
    for _attempt in range(10):
        job = live.first()
        if job is not None:
            return job, False
        try:
            with transaction.atomic():
                return Job.objects.create(name=name, key=key, **fields), True
        except IntegrityError:  # somebody wrote the same one; it may already have ended
            continue
    raise NotNow()
