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

START_SECONDS = 30


@contextlib.contextmanager
def running_postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own on a free port of the loopback; yield its DATABASE_URL.

    Raises `LookupError` where no server is installed. Every setting of durability is the default:
    tests of crashes rest on it.
    """
    server = parts.find("postgres")
    if server is None:
        raise LookupError("PostgreSQL's server is not installed")
    owner = pwd.getpwnam("postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
    port = _free_port()
    with _folder("ch-pg-") as folder:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        # The programs stand together; the one on PATH may be a link to them.
        programs = Path(server).resolve().parent
        words = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        words += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(_as(owner, words), check=True, stdout=subprocess.DEVNULL, cwd=folder)
        words = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(port)]
        words += ["-h", "127.0.0.1", "-c", "max_connections=200"]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        with _running(_as(owner, words), folder, signal.SIGINT) as process:
            _wait(process, folder, lambda: _answers(folder / f".s.PGSQL.{port}"))
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


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
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
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
    """Run `python WORDS` with DATABASE_URL and COMMONHOLD_BROKER_URL of fresh servers."""
    with running_postgresql() as database, running_broker() as broker_url:
        both = {"DATABASE_URL": database, "COMMONHOLD_BROKER_URL": broker_url}
        return subprocess.run([sys.executable, *words], env=os.environ | both).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
