"""The sequencer as a job: every few seconds, while an event waits."""

from typing import Any

from portal import jobs
from portal.events.models import LogPending
from portal.events.sequencer import sequence

EVERY_SECONDS = 3


@jobs.handler(queue="default", lease_seconds=60, max_attempts=3)
def append_to_log(run: jobs.Run) -> dict[str, Any]:
    """Append what was committed to the log and sign its head."""
    head = sequence()
    return {"size": head.size} if head else {}


jobs.every(EVERY_SECONDS, "portal.events.jobs.append_to_log", when=LogPending.objects.exists)
