"""Jobs, not Celery, are the contract: outbox, lease, fencing, idempotency key.

A deed calls `enqueue` in its own transaction; the row is the truth, and Celery only carries its
primary key to a worker. A worker claims the row by compare-and-set for a lease that a heartbeat
renews; the attempt's number fences every later write, so that a worker that lost its lease can
change nothing. The beat's sweep finds what fell between: unpublished, lost, expired, poisonous.

Handlers stand in an app's or a room's `jobs.py`:

    @jobs.handler(queue="cpu", lease_seconds=90, max_attempts=3)
    def evaluate(run: jobs.Run) -> dict[str, Any] | None:
        for number, batch in enumerate(batches):
            run.check()                               # raises Cancelled or LeaseLost
            run.progress(number, len(batches), phase="predicting")
        with run.fenced():                            # commits only while the lease is ours
            store(scores)
        return {"scores": len(scores)}
"""

from portal.jobs.handlers import Handler, every, handler
from portal.jobs.outbox import cancel, enqueue
from portal.jobs.running import Cancelled, LeaseLost, Retry, Run

__all__ = [
    "Cancelled",
    "Handler",
    "LeaseLost",
    "Retry",
    "Run",
    "cancel",
    "enqueue",
    "every",
    "handler",
]
