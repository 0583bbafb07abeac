"""What votes cost: casts with their events a second, and a poll of many members from end to end.

    python benchmarks/polls.py casts [--voters 500] [--threads 1]
    python benchmarks/polls.py large [--voters 100000]
    python benchmarks/polls.py export
    python benchmarks/polls.py fsync

Works on the database that `DATABASE_URL` names (default: SQLite in a new folder), with the portal's
own durability settings. `casts` runs in this process, each cast in its transaction, as many at once
as there are threads (PostgreSQL syncs once for those that commit together); CPU seconds stand
beside the wall's, because the machine may be shared. `large` opens, closes and counts by the jobs'
own functions, and measures each, and what a page and the export take then.
`export` writes the file of the last counted poll once more, in a process that has done nothing
else: `large` ends with it, because the peak of a process counts all that it did before.
"""

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def ready() -> None:
    os.environ.setdefault("COMMONHOLD_DATA", tempfile.mkdtemp(prefix="commonhold-polls-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def members(number: int) -> list[Any]:
    """Make members with verified addresses, without what sign-up does besides."""
    from allauth.account.models import EmailAddress

    from portal.people.models import Person

    start = Person.objects.count()
    rows = [
        Person(username=f"v{n}", email=f"v{n}@example.org", password="!")
        for n in range(start, start + number)
    ]
    people = Person.objects.bulk_create(rows, batch_size=5000)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=p, email=p.email, primary=True, verified=True) for p in people],
        batch_size=5000,
    )
    return people


def poll(by: Any) -> Any:
    from governance.polls import asking

    options = [{"key": f"o{n}", "en": f"Way {n}", "zh": f"办法{n}"} for n in range(1, 7)]
    return asking.ask(
        by=by, question_en="Which?", question_zh="哪个？", method="star", options=options
    )


def timed(label: str, deed: Callable[[], Any]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    found = deed()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{label:34} {wall:8.3f} s  {cpu:8.3f} s CPU  peak {peak()} MiB")
    return found


def peak() -> int:
    """Return the most memory this process has held, in MiB. (`ru_maxrss` has its parent's too.)"""
    said = Path("/proc/self/status").read_text()
    return int(said.split("VmHWM:")[1].split()[0]) // 1024


def casts(voters: int, threads: int = 1) -> None:
    """Cast one ballot each, and say how many a second."""
    from django.db import connection

    from governance.polls import casting, opening

    people = members(voters)
    asked = poll(people[0])
    opening.open_poll(asked)
    asked.refresh_from_db()
    times: list[float] = []

    def some_of_them(first: int) -> None:
        for number in range(first, voters, threads):
            began = time.perf_counter()
            casting.cast(asked, by=people[number], choice={f"o{number % 6 + 1}": 5})
            times.append(time.perf_counter() - began)
        connection.close()

    def all_of_them() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some_of_them, range(threads)))

    wall, cpu = time.perf_counter(), time.process_time()
    timed(f"{voters} casts by {threads} threads", all_of_them)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"a cast: median {statistics.median(times) * 1000:.2f} ms wall, "
          f"{cpu / voters * 1000:.2f} ms CPU; {voters / wall:.0f} a second by the wall, "
          f"{voters / cpu:.0f} by the CPU")  # fmt: skip


def large(voters: int) -> None:
    """Open, close, count and export a poll of many members in which everybody voted."""
    from django.test import Client

    from governance.polls import closing, electorate, exporting, opening
    from governance.polls.models import Ballot, Poll
    from portal.clock import shifted

    people = timed(f"{voters} members", lambda: members(voters))
    asked = poll(people[0])
    timed("opening (snapshot in chunks)", lambda: opening.open_poll(asked))
    asked.refresh_from_db()
    timed("ballots put in", lambda: _fill(asked))
    client = Client(SERVER_NAME="localhost")
    timed("the poll's page, while open", lambda: client.get(asked.get_absolute_url()))
    with shifted(dt.timedelta(days=8)):
        timed("closing", lambda: closing.close(asked))
        timed("counting", lambda: closing.count(Poll.objects.get(pk=asked.pk)))
        timed("the poll's page, counted", lambda: client.get(asked.get_absolute_url()))
        from portal.events.sequencer import sequence

        timed("the log takes its events", sequence)
        counted = Poll.objects.select_related("result", "revision").get(pk=asked.pk)
        timed("the export's file, in this process", lambda: exporting.write(counted))
        answer = timed("the export's request", lambda: client.get(f"/polls/{asked.pk}/export.json"))
        size = sum(len(part) for part in answer.streaming_content)
        print(f"export: status {answer.status_code}, {size:,} bytes")
    assert (
        electorate.digest(asked.electorate.values_list("pseudonym", flat=True))
        == asked.electorate_hash
        and Ballot.objects.count() == voters
    )
    subprocess.run([sys.executable, __file__, "export"], check=True)


def export() -> None:
    """Write the file of the last counted poll, and say what this process took besides starting."""
    from governance.polls import exporting
    from governance.polls.models import COUNTED, Poll

    rows = Poll.objects.select_related("result", "revision").filter(state__in=COUNTED)
    counted = rows.latest("pk")
    timed("a process that has only started", lambda: counted)
    timed("the export's file (a job)", lambda: exporting.write(counted))


def _fill(asked: Any) -> None:
    """Put a ballot of everybody in, as casting writes them, in chunks of a transaction."""
    import secrets

    from django.db import transaction

    from governance.polls.casting import commitment
    from governance.polls.models import Ballot, ElectorateEntry
    from portal.clock import db_now
    from portal.events.models import Event

    entries = list(ElectorateEntry.objects.filter(poll=asked))
    for start in range(0, len(entries), 5000):
        chunk = entries[start : start + 5000]
        said = []
        for number, entry in enumerate(chunk):
            entry.ballot, nonce = secrets.token_hex(16), secrets.token_hex(16)
            choice = {f"o{number % 6 + 1}": 5}
            said.append((choice, nonce, commitment(asked.pk, choice, nonce)))
        now = db_now()
        with transaction.atomic():
            events = Event.objects.bulk_create(
                Event(
                    kind="governance:ballot:cast",
                    subject=f"poll:{asked.pk}",
                    body={"commitment": proof, "again": False},
                    at=now,
                )
                for _choice, _nonce, proof in said
            )
            _name(chunk)
            Ballot.objects.bulk_create(
                Ballot(
                    id=entry.ballot,
                    entry=entry,
                    choice=choice,
                    nonce=nonce,
                    commitment=proof,
                    at=now,
                    event=event,
                )
                for entry, event, (choice, nonce, proof) in zip(chunk, events, said, strict=True)
            )


def _name(chunk: list[Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE governance_electorateentry SET ballot = %s WHERE id = %s",
            [(entry.ballot, entry.pk) for entry in chunk],
        )


def fsync(folder: str) -> None:
    """Say how many small appends a second the disk makes durable: the ceiling of casts."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(500):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        print(f"{500 / (time.perf_counter() - began):.0f} fsyncs a second in {folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["casts", "large", "export", "fsync"])
    parser.add_argument("--voters", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    asked_for = parser.parse_args()
    if asked_for.what == "fsync":
        fsync(os.environ.get("COMMONHOLD_DATA", tempfile.gettempdir()))
    elif asked_for.what == "export":
        ready()
        export()
    else:
        ready()
        if asked_for.what == "casts":
            casts(asked_for.voters or 500, asked_for.threads)
        else:
            large(asked_for.voters or 100_000)
