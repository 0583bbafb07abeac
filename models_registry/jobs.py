"""The registry's work in the background."""

import datetime as dt
from typing import Any

from models_registry.uploads import sessions
from portal import jobs
from portal.clock import db_now

ABANDONED_AFTER = dt.timedelta(hours=24)  # the longest that an upload may stay unfinished


@jobs.handler(queue="default", lease_seconds=300, max_attempts=1)
def sweep_uploads(run: jobs.Run) -> dict[str, Any]:
    """Remove what uploads left behind that nobody has touched for a day."""
    return {"removed": sessions.sweep(db_now() - ABANDONED_AFTER)}


jobs.every(3600, "models_registry.jobs.sweep_uploads")
