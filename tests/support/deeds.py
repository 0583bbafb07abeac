"""Handlers for tests of jobs: real deeds with effects that can be counted afterwards."""

import os
import signal
import time
from typing import Any

from portal import events, jobs
from portal.jobs.models import Job


@jobs.handler(queue="default", lease_seconds=90, max_attempts=3)
def note(run: jobs.Run) -> dict[str, Any]:
    """Record one event, fenced, after `seconds` of work in small steps."""
    wait = float(run.payload.get("seconds", 0))
    until = time.monotonic() + wait
    while time.monotonic() < until:
        run.check()
        run.progress(int(wait - (until - time.monotonic())), int(wait) + 1, phase="working")
        time.sleep(0.02)
    with run.fenced():
        events.record("test:deed:done", subject=f"job:{run.job.uuid}")
        run.finish({"attempt": run.attempt})
    return {}


@jobs.handler(queue="cpu", lease_seconds=2, max_attempts=3)
def short_lease(run: jobs.Run) -> dict[str, Any]:
    """Work longer than the lease, kept alive by the heartbeat alone."""
    time.sleep(float(run.payload["seconds"]))
    return {"attempt": run.attempt}


@jobs.handler(queue="default", lease_seconds=90, max_attempts=3)
def poison(run: jobs.Run) -> dict[str, Any]:
    """Kill the process that does it, as a segmentation fault or the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


@jobs.handler(max_attempts=2)
def platform_fault(run: jobs.Run) -> dict[str, Any]:
    raise jobs.Retry("the mail server is away")


@jobs.handler()
def own_fault(run: jobs.Run) -> dict[str, Any]:
    raise ValueError("seven is not even")


@jobs.handler(max_attempts=2)
def database_fault(run: jobs.Run) -> dict[str, Any]:
    from django.db import OperationalError

    raise OperationalError("server closed the connection unexpectedly")


@jobs.handler()
def stopped(run: jobs.Run) -> dict[str, Any]:
    raise SystemExit(0)


@jobs.handler()
def waits_for_cancel(run: jobs.Run) -> dict[str, Any]:
    """Work until cancelled; a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        run.check()
        time.sleep(0.02)
    return {}


@jobs.handler()
def tick(run: jobs.Run) -> dict[str, Any]:
    return {}


def effects() -> dict[str, int]:
    """Return how often each job's effect happened."""
    from collections import Counter

    from portal.events.models import Event

    return Counter(Event.objects.filter(kind="test:deed:done").values_list("subject", flat=True))


def not_ended_once() -> list[str]:
    """Return what is wrong: jobs alive, or whose effect did not happen exactly once."""
    happened = effects()
    wrong = []
    for job in Job.objects.filter(name="tests.support.deeds.note"):
        times = happened.get(f"job:{job.uuid}", 0)
        if job.state != "done" or times != 1:
            wrong.append(f"{job.key}: {job.state}, {times} effects, {job.error}")
    return wrong
