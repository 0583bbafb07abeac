"""The sequencer as a job, every few seconds while an event waits; and what is forgotten daily."""

from typing import Any

from portal import jobs
from portal.clock import db_now
from portal.events import fleeting
from portal.events.models import LogPending
from portal.events.sequencer import sequence

EVERY_SECONDS = 3
DAY = 24 * 3600


@jobs.handler(queue="default", lease_seconds=60, max_attempts=3)
def append_to_log(run: jobs.Run) -> dict[str, Any]:
    """Append what was committed to the log and sign its head."""
    head = sequence()
    return {"size": head.size} if head else {}


@jobs.handler(queue="default", lease_seconds=60)
def forget_fleeting(run: jobs.Run) -> dict[str, Any]:
    """Drop who it was of sign-ins and the like that are long past."""
    return {"forgotten": fleeting.forget_before(db_now() - fleeting.KEPT)}


jobs.every(EVERY_SECONDS, "portal.events.jobs.append_to_log", when=LogPending.objects.exists)
jobs.every(DAY, "portal.events.jobs.forget_fleeting")
