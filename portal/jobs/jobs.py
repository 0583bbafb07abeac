"""The jobs that keep the job table itself small."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from portal import jobs
from portal.clock import db_now
from portal.jobs.models import LIVE, Job

KEPT_PERIODIC = dt.timedelta(hours=1)  # there is one every few seconds
KEPT = dt.timedelta(days=90)
BATCH = 1000


@jobs.handler(queue="default", lease_seconds=60)
def forget_periodic(run: jobs.Run) -> dict[str, Any]:
    """Delete periodic jobs that ended an hour ago."""
    return {"deleted": _forget(run, Job.objects.filter(key="periodic"), KEPT_PERIODIC)}


@jobs.handler(queue="default", lease_seconds=60)
def forget_ended(run: jobs.Run) -> dict[str, Any]:
    """Delete what ended long ago; what came of it stands with those who asked for it."""
    return {"deleted": _forget(run, Job.objects.all(), KEPT)}


def _forget(run: jobs.Run, among: QuerySet[Job], kept: dt.timedelta) -> int:
    old = among.filter(ended_at__lt=db_now() - kept).exclude(state__in=LIVE)
    count = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        run.check()
        Job.objects.filter(pk__in=batch).delete()
        count += len(batch)
    return count


jobs.every(600, "portal.jobs.jobs.forget_periodic")
jobs.every(24 * 3600, "portal.jobs.jobs.forget_ended")
