"""The beat: fires periodic jobs and sweeps. A Celery scheduler whose state is in the database.

Two beats are harmless: the second stands by until the first's lease ends or its process is gone,
and even two that both believed to hold it could not fire twice, since each firing is a
compare-and-set on the job's `Schedule` row. It needs no worker and no broker to mend the queue.
"""

import datetime as dt
import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.db import IntegrityError, close_old_connections, connection, transaction

from portal.clock import db_now
from portal.jobs import handlers, liveness, outbox
from portal.jobs.handlers import PERIODIC, Periodic
from portal.jobs.models import BeatLease, Schedule
from portal.jobs.sweep import publish_due, sweep

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
SWEEP_SECONDS = 10.0
LEASE = dt.timedelta(seconds=15)


class LeasedScheduler(Scheduler):
    """What `celery beat` runs: `beat_scheduler = "portal.jobs.beat:LeasedScheduler"`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.at_work: bool | None = None
        self.next_sweep = 0.0
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        handlers.load_all()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Do what is due; return the seconds until the next call."""
        try:
            close_old_connections()
            self._note(hold_lease())
            if self.at_work:
                self._work()
        except Exception:  # the edge: the beat outlives a database or broker that is away
            logger.exception("the beat's tick failed; it tries again")
            connection.close()
        return TICK_SECONDS

    def close(self) -> None:
        try:
            release_lease()
        except Exception:  # the lease ends by itself
            logger.exception("the beat's lease could not be given back")
        super().close()

    def _work(self) -> None:
        fire_due()
        if time.monotonic() >= self.next_sweep:
            self.next_sweep = time.monotonic() + SWEEP_SECONDS
            found = sweep()
            if any(found.values()):
                logger.info("the sweep found %s", found)
        else:
            publish_due()

    def _note(self, held: bool) -> None:
        if held is not self.at_work:
            logger.warning("this beat is at work" if held else "another beat is at work; stand by")
        self.at_work = held


def hold_lease() -> bool:
    """Take or renew the lease on being the beat; return whether this process has it."""
    now, me = db_now(), liveness.identity()
    lease = BeatLease.objects.filter(pk=1).first()
    if lease is None:
        try:
            with transaction.atomic():
                BeatLease.objects.create(pk=1, holder=me, until=now + LEASE)
        except IntegrityError:
            return False
        return True
    if lease.holder != me and lease.until > now and not liveness.is_dead(lease.holder):
        return False
    if lease.holder == me and lease.until - now > LEASE / 2:
        return True
    same = BeatLease.objects.filter(pk=1, holder=lease.holder, until=lease.until)
    return bool(same.update(holder=me, until=now + LEASE))


def release_lease() -> None:
    BeatLease.objects.filter(pk=1, holder=liveness.identity()).update(until=db_now())


def fire_due() -> int:
    """Write the periodic jobs that are due and wanted; return how many."""
    now = db_now()
    next_at = dict(Schedule.objects.values_list("name", "next_at"))
    due = [p for p in PERIODIC.values() if next_at.get(p.name, now) <= now]
    return sum(_fire(p, next_at.get(p.name), now) for p in due if p.when is None or p.when())


def _fire(periodic: Periodic, seen: dt.datetime | None, now: dt.datetime) -> bool:
    """Write one periodic job unless another beat was faster."""
    next_at = now + dt.timedelta(seconds=periodic.seconds)
    try:
        with transaction.atomic():
            if seen is None:
                Schedule.objects.create(name=periodic.name, next_at=next_at)
            elif not Schedule.objects.filter(name=periodic.name, next_at=seen).update(
                next_at=next_at
            ):
                return False
            outbox.enqueue(periodic.name, "periodic")
    except IntegrityError:
        return False
    return True
