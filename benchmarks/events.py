"""Events a second: writing them, one transaction each, and giving them their leaves.

    .venv/bin/python -m benchmarks.events

On SQLite and on PostgreSQL, with every durability setting as in production. The writers are
processes; "beside" is the sequencer at work while four of them write.
"""

import multiprocessing
import multiprocessing.synchronize
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.databases import on_both

ROUNDS, EVENTS, BACKLOG = 3, 400, 5000
BODY = {"repo": "maker/tiny", "commit": "0" * 40}


def write(count: int) -> None:
    import django

    django.setup()
    from portal import events

    for number in range(count):
        events.record("bench:thing:made", subject=f"thing:{number}", body=BODY)


def rate(count: int, act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return count / (time.perf_counter() - began)


def together(writers: int, meanwhile: Callable[[], None] = lambda: None) -> float:
    """Return events a second of so many writers, the start of their processes left out."""
    ready = multiprocessing.Barrier(writers + 1)
    running = [
        multiprocessing.Process(target=_held, args=(ready, EVENTS // writers))
        for _number in range(writers)
    ]
    for process in running:
        process.start()
    ready.wait()
    began = time.perf_counter()
    while any(process.is_alive() for process in running):
        meanwhile()
        running[0].join(0.05)
    return EVENTS / (time.perf_counter() - began)


def _held(ready: multiprocessing.synchronize.Barrier, count: int) -> None:
    write(1)  # the connection
    ready.wait()
    write(count)


def measure() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    from portal import events
    from portal.events import sequencer, verification

    vendor = connection.vendor

    def say(what: str, seen: list[float]) -> None:
        print(f"| {vendor} | {what} | {statistics.median(seen):,.0f} events/s |", flush=True)

    connection.close()  # before the forks
    say("1 writer", [together(1) for _round in range(ROUNDS)])
    say("4 writers", [together(4) for _round in range(ROUNDS)])
    say("4 writers beside the sequencer", [_beside(sequencer) for _round in range(ROUNDS)])
    seen = []
    for _round in range(ROUNDS):
        with transaction.atomic():
            for number in range(BACKLOG):
                events.record("bench:thing:made", subject=f"thing:{number}", body=BODY)
        seen.append(rate(BACKLOG, lambda: bool(sequencer.sequence())))  # type: ignore[arg-type]
    say(f"the sequencer alone, {BACKLOG:,} waiting", seen)
    began, report = time.perf_counter(), verification.verify()
    assert not report.findings, report.findings
    say("verify_log", [report.leaves / (time.perf_counter() - began)])


def _beside(sequencer: "object") -> float:
    from django.db import connection

    connection.close()
    return together(4, meanwhile=lambda: bool(sequencer.sequence()))  # type: ignore[attr-defined]


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else on_both("benchmarks.events")
