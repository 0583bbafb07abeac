"""Jobs a second: writing them with their deed, and doing them through the broker and a worker.

    .venv/bin/python -m benchmarks.jobs

On SQLite and on PostgreSQL. The jobs do nothing, so that what is measured is claim, lease, fence
and end: four short transactions each. One worker of two processes, one Valkey, one beat.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.databases import ROOT, on_both
from portal.site.launch import valkey

ROUNDS, JOBS = 3, 300
NAME = "tests.support.deeds.tick"  # a job that does nothing


def measure() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-jobs-", dir="/tmp"))
    os.environ["COMMONHOLD_BROKER_URL"] = f"redis+socket://{folder / 'broker.sock'}"
    children = [_spawn(valkey.command(folder / "broker.sock", folder / "broker"))]
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "portal.site.celery"]
    try:
        _measure(children, celery)
    finally:
        for child in reversed(children):
            child.terminate()
            child.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(children: list["subprocess.Popen[bytes]"], celery: list[str]) -> None:
    import django

    django.setup()
    from django.db import connection

    written, done = [], []
    for number in range(ROUNDS + 1):
        began = time.perf_counter()
        _enqueue(number)
        written.append(JOBS / (time.perf_counter() - began))
        if number == 0:  # the first round waits for the worker to start
            children.append(_spawn([*celery, "worker", "-Q", "default", "-c", "2", "-l", "ERROR"]))
            children.append(_spawn([*celery, "beat", "--pidfile=", "-l", "ERROR"]))
        while _left():
            time.sleep(0.05)
        done.append(JOBS / (time.perf_counter() - began))
    vendor = connection.vendor
    print(
        f"| {vendor} | written, one transaction each | {statistics.median(written):,.0f} jobs/s |"
    )
    print(f"| {vendor} | written and done | {rate(done[1:])} |")


def rate(seen: list[float]) -> str:
    return f"{statistics.median(seen):,.0f} jobs/s"


def _spawn(words: list[str]) -> "subprocess.Popen[bytes]":
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words, cwd=ROOT, **quiet)


def _enqueue(number: int) -> None:
    from portal import jobs

    for each in range(JOBS):
        jobs.enqueue(NAME, f"{number}-{each}")


def _left() -> bool:
    from portal.jobs.models import LIVE, Job

    return Job.objects.filter(name=NAME, state__in=LIVE).exists()


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else on_both("benchmarks.jobs")
