"""Every part killed and started again under load: each job ends once, and nothing is half done.

The seed is printed; `COMMONHOLD_CHAOS_SEED` and `COMMONHOLD_CHAOS_SECONDS` repeat or prolong a run.
On SQLite, which has no server, a writer killed inside its transaction stands for the database.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection, connections

from portal.events import sequencer, verification
from portal.events.models import Event
from portal.jobs import liveness
from portal.jobs.models import LIVE, Job
from tests.support.databases import CommittedDatabase
from tests.support.deeds import effects
from tests.support.services import Postgres, postgres_server
from tests.support.work import ROOT, Work, kill, until, working

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SECONDS = float(os.environ.get("COMMONHOLD_CHAOS_SECONDS", 90))
NOTE = "tests.support.deeds.note"
HALF = """
from django.db import transaction
from portal import events
with transaction.atomic():
    for number in range(10**9):
        events.record("test:deed:half", subject=f"deed:{number}")
"""


@dataclass
class Crashing:
    """The database of this test, and how it is crashed and brought back."""

    database: CommittedDatabase
    server: Postgres | None = None

    def crash(self, work: Work) -> None:
        if self.server is not None:
            self.server.crash()
            self.server.start()
            return
        start = "import django; django.setup()\n"
        writer = work.spawn([sys.executable, "-c", start + HALF], "half")
        until(lambda: _cpu_seconds(writer.pid) > 1.5 or writer.poll() is not None, 20)
        kill(writer)


@pytest.fixture
def crashing(request: pytest.FixtureRequest, django_db_blocker) -> Iterator[Crashing]:
    """On PostgreSQL a server of this test's own: the others' tests need theirs."""
    if connection.vendor == "sqlite":
        yield Crashing(request.getfixturevalue("committed_db"))
        return
    with django_db_blocker.unblock(), postgres_server() as server, _moved(server):
        database = CommittedDatabase("postgres", "postgres")
        words = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(words, cwd=ROOT, env=database.env, check=True, timeout=300)
        yield Crashing(database, server)


class _moved:
    """While it lasts, the default connection goes to `server`."""

    def __init__(self, server: Postgres) -> None:
        place = {"HOST": "127.0.0.1", "PORT": str(server.port), "NAME": "postgres"}
        self.place = place | {"USER": "postgres", "PASSWORD": ""}

    def __enter__(self) -> None:
        connections.close_all()
        self.kept = dict(connection.settings_dict)
        connection.settings_dict.update(self.place)
        connections.databases["default"].update(self.place)

    def __exit__(self, *_: object) -> None:
        connections.close_all()
        kept = {name: self.kept[name] for name in self.place}
        connection.settings_dict.update(kept)
        connections.databases["default"].update(kept)


@dataclass
class Cast:
    """The processes of one run, by what they do; each is started again when it was killed."""

    work: Work
    journal: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        asking = [sys.executable, "-m", "tests.support.asking", str(self.journal)]
        starts: dict[str, Callable[[], subprocess.Popen[bytes]]] = {
            "broker": self.work.broker,
            "beat": self.work.beat,
            "worker": self.work.worker,
            "asking": lambda: self.work.spawn(asking, "asking"),
        }
        self.running[name] = starts[name.partition(" ")[0]]()

    def kill(self, name: str) -> None:
        kill(self.running[name])

    def kill_a_child_of(self, name: str) -> None:
        """Kill one of the processes that a worker forked, and leave the worker to notice."""
        leader = self.running[name].pid
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        if children:
            os.kill(int(random.choice(children)), 9)


def test_whatever_is_killed_each_job_ends_once(crashing: Crashing, tmp_path: Path):
    seed = int(os.environ.get("COMMONHOLD_CHAOS_SEED", random.randrange(10**6)))
    print(f"COMMONHOLD_CHAOS_SEED={seed}")
    journal = tmp_path / "journal"
    with working(crashing.database) as work:
        cast = Cast(work, journal)
        for name in ("broker", "beat", "beat 2", "worker 1", "worker 2", "asking 1", "asking 2"):
            cast.start(name)
        assert until(lambda: _state_of_jobs()["done"] > 0, 60), work.log("w")[-3000:]
        kills = _torment(cast, crashing, random.Random(seed))
        for name in ("asking 1", "asking 2"):
            cast.kill(name)
        ended = until(_all_ended, 150)
        _report(kills, work)
        assert ended, _what_hangs()
    _judge(set(journal.read_text().split()))


def _torment(cast: Cast, crashing: Crashing, chance: random.Random) -> Counter[str]:
    """Kill one part after the other for a while; return what was killed how often."""
    kills: Counter[str] = Counter()
    workers = [name for name in cast.running if name.startswith("worker")]
    until_then = time.monotonic() + SECONDS
    while time.monotonic() < until_then:
        time.sleep(chance.uniform(0.5, 3))
        victim = chance.choice([*cast.running, "database", "database", "child", "child"])
        kills[victim] += 1
        if victim == "database":
            crashing.crash(cast.work)
        elif victim == "child":
            cast.kill_a_child_of(chance.choice(workers))
        else:
            cast.kill(victim)
            time.sleep(chance.uniform(0, 1))
            cast.start(victim)
    return kills


def _judge(asked: set[str]) -> None:
    """What must hold afterwards, whatever happened in between."""
    happened = effects()
    jobs = {job.key: job for job in Job.objects.filter(name=NOTE)}
    assert len(jobs) == Job.objects.filter(name=NOTE).count(), "a deed has two jobs"
    assert asked <= set(jobs), "a deed was committed and its job is lost"
    deeds = Event.objects.filter(kind="test:deed:asked").values_list("subject", flat=True)
    assert sorted(deeds) == sorted(f"deed:{key}" for key in jobs), "a deed is half done"
    wrong = {key: job.state for key, job in jobs.items() if not _ended_once(job, happened)}
    assert wrong == {}
    assert set(happened) <= {f"job:{job.uuid}" for job in jobs.values()}
    assert not Event.objects.filter(kind="test:deed:half").exists()
    states = Counter(job.state for job in jobs.values())
    assert states["done"] > 0.9 * len(jobs), states
    while sequencer.sequence() is not None:
        pass
    assert verification.verify().findings == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _ended_once(job: Job, happened: dict[str, int]) -> bool:
    """Done with its one effect, or failed without any, its three workers having been killed."""
    times = happened.get(f"job:{job.uuid}", 0)
    if job.state == "failed":
        return times == 0 and "disappeared in each of 3 attempts" in job.error
    return job.state == "done" and times == 1 and job.result == {"attempt": job.attempts}


def _state_of_jobs() -> Counter[str]:
    return Counter(Job.objects.filter(name=NOTE).values_list("state", flat=True))


def _all_ended() -> bool:
    connection.close()  # the server this one was to is not there any more
    return not Job.objects.filter(name=NOTE, state__in=LIVE).exists()


def _what_hangs() -> str:
    hanging = Job.objects.filter(name=NOTE, state__in=LIVE)
    return "\n".join(
        f"{job.key} {job.state} attempt {job.attempts}, due {job.run_after}, published "
        f"{job.published_at}, lease {job.lease_until}, dead {liveness.is_dead(job.worker)}, "
        f"{job.error}"
        for job in hanging[:20]
    )


def _report(kills: Counter[str], work: Work) -> None:
    print(f"{sum(kills.values())} kills: {dict(kills)}; jobs: {dict(_state_of_jobs())}")
    attempts = Job.objects.filter(name=NOTE).values_list("attempts", flat=True)
    print(f"attempts: {dict(Counter(attempts))}")
    for name in ("asking", "w", "beat"):
        lines = [line for line in work.log(name).splitlines() if "Error" in line]
        print(name, Counter(line[:100] for line in lines).most_common(5))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
