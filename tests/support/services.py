"""Real PostgreSQL and real Redis for tests: temporary servers of this machine's own programs.

As fixtures: `postgresql` and `broker`. As a wrapper that gives both to one command:
`python -m tests.support.services -m pytest -m db`; that is how `./commonhold test` runs the
suite on PostgreSQL. PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.site.launch import parts, valkey
from portal.site.launch.children import dying_with_parent

START_SECONDS = 30


class Postgres:
    """One PostgreSQL server that a test may crash. Every setting of durability is the default:
    tests of crashes rest on it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", _free_port()
        as_root = os.getuid() == 0
        self.owner = pwd.getpwnam("postgres" if as_root else pwd.getpwuid(os.getuid()).pw_name)
        os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        words = [str(programs / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust"]
        words += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(_as(self.owner, words), check=True, stdout=subprocess.DEVNULL, cwd=folder)
        words = [str(programs / "postgres"), "-D", str(self.data), "-k", str(folder)]
        words += ["-p", str(self.port), "-h", "127.0.0.1", "-c", "max_connections=200"]
        self.words = _as(self.owner, words)
        self.running = contextlib.ExitStack()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        process = self.running.enter_context(_running(self.words, self.folder, signal.SIGINT))
        _wait(process, self.folder, self._serves)

    def _serves(self) -> bool:
        """Say whether it is past its recovery: until then it takes connections and refuses them."""
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def crash(self) -> None:
        """End it as `pg_ctl stop -m immediate` does: no checkpoint; the next start recovers."""
        leader = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(leader, signal.SIGQUIT)
        self.running.close()  # waits for its end


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a PostgreSQL of its own on a free port of the loopback.

    Raises `LookupError` where no server is installed.
    """
    server = parts.find("postgres")
    if server is None:
        raise LookupError("PostgreSQL's server is not installed")
    with _folder("ch-pg-") as folder:
        # The programs stand together; the one on PATH may be a link to them.
        postgres = Postgres(Path(server).resolve().parent, folder)
        with postgres.running:
            postgres.start()
            yield postgres


@contextlib.contextmanager
def running_postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own; yield its DATABASE_URL."""
    with postgres_server() as server:
        yield server.url


@contextlib.contextmanager
def running_broker() -> Iterator[str]:
    """Run a Redis or Valkey of its own on a unix socket; yield its broker address."""
    with _folder("ch-redis-") as folder:
        address = folder / "broker.sock"
        with _running(valkey.command(address, folder / "data"), folder, signal.SIGTERM) as process:
            _wait(process, folder, lambda: _answers(address))
            yield f"redis+socket://{address}"


@contextlib.contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """A folder with a short name: the path of a unix socket may have about 100 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as(owner: pwd.struct_passwd, words: list[str]) -> list[str]:
    return words if os.getuid() == owner.pw_uid else ["runuser", "-u", owner.pw_name, "--", *words]


@contextlib.contextmanager
def _running(words: list[str], folder: Path, stop: signal.Signals) -> Iterator[subprocess.Popen]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=dying_with_parent(stop),
        )
    try:
        yield process
    finally:
        # The group: `runuser` stands between us and the server.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen, folder: Path, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = (folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{process.args} did not start:\n{said}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(address: Path) -> bool:
    """Say whether somebody accepts connections on this unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(address))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL, for a test that needs one whatever DATABASE_URL says."""
    try:
        with running_postgresql() as url:
            yield url
    except LookupError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a real Redis or Valkey, as COMMONHOLD_BROKER_URL takes it."""
    with running_broker() as url:
        yield url


def main(words: list[str]) -> int:
    """Run `python WORDS` with DATABASE_URL and COMMONHOLD_BROKER_URL of fresh servers, which end
    with it, or with this process when it is told to."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with running_postgresql() as database, running_broker() as broker_url:
        both = {"DATABASE_URL": database, "COMMONHOLD_BROKER_URL": broker_url}
        return subprocess.run([sys.executable, *words], env=os.environ | both).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
