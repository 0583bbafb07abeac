"""Real workers, beats and a broker that a test may kill."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from portal.site.launch import valkey
from tests.support.databases import CommittedDatabase

ROOT = Path(__file__).resolve().parents[2]


class Quiet:
    """A run of a job that nobody watches."""

    def check(self) -> None: ...

    def progress(self, done: int, total: int, phase: str = "") -> None: ...


class Work:
    """A broker and the processes that do jobs on one test's database."""

    def __init__(self, database: CommittedDatabase) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ch-work-", dir="/tmp"))
        self.url = f"redis+socket://{self.folder / 'broker.sock'}"
        ours = {"COMMONHOLD_BROKER_URL": self.url, "PYTHONPATH": str(ROOT)}
        self.env = database.env | ours
        self.children: list[subprocess.Popen[bytes]] = []

    def broker(self) -> subprocess.Popen[bytes]:
        command = valkey.command(self.folder / "broker.sock", self.folder / "broker")
        child = self.spawn(command, "broker")
        until(lambda: (self.folder / "broker.sock").exists(), 20)
        return child

    def worker(self, concurrency: int = 2) -> subprocess.Popen[bytes]:
        words = ["worker", "-Q", "default,cpu", "-c", str(concurrency), "-l", "INFO"]
        words += [
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "-n",
            f"w{len(self.children)}@test",
        ]
        return self.spawn([sys.executable, "-m", "celery", "-A", "portal.site.celery", *words], "w")

    def beat(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "celery", "-A", "portal.site.celery", "beat", "-l", "INFO"]
        return self.spawn([*words, "--pidfile="], "beat")

    def spawn(self, words: list[str], name: str) -> subprocess.Popen[bytes]:
        """Start a child in a group of its own, so that `kill` reaches what it forked."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                words, cwd=ROOT, env=self.env, stdout=log, stderr=log, process_group=0
            )
        self.children.append(child)
        return child

    def python(self, code: str) -> int:
        """Run code with Django set up on the test's database; return its exit status."""
        start = "import django; django.setup()\n"
        return subprocess.run(
            [sys.executable, "-c", start + code], cwd=ROOT, env=self.env
        ).returncode

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        for child in reversed(self.children):
            kill(child)
        shutil.rmtree(self.folder, ignore_errors=True)


def kill(child: subprocess.Popen[bytes], *, group: bool = True) -> None:
    """Kill -9 a child, with what it forked or alone."""
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(child.pid, signal.SIGKILL)
    child.wait()


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


@contextlib.contextmanager
def working(database: CommittedDatabase) -> Iterator[Work]:
    work = Work(database)
    try:
        yield work
    finally:
        work.close()
