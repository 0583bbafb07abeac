"""The jobs that keep the job table itself small."""

import datetime as dt
from typing import Any

from portal import jobs
from portal.clock import db_now
from portal.jobs.models import LIVE, Job

KEPT = dt.timedelta(hours=1)


@jobs.handler(queue="default", lease_seconds=60)
def forget_periodic(run: jobs.Run) -> dict[str, Any]:
    """Delete periodic jobs that ended an hour ago: there is one every few seconds."""
    old = Job.objects.filter(key="periodic", ended_at__lt=db_now() - KEPT).exclude(state__in=LIVE)
    deleted, _ = old.delete()
    return {"deleted": deleted}


jobs.every(600, "portal.jobs.jobs.forget_periodic")
