"""Running `./commonhold` itself, from a clone of the committed tree, as a person would."""

import contextlib
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from portal.site.launch import state

ROOT = Path(__file__).resolve().parents[2]
OURS = ("COMMONHOLD_", "DATABASE_URL", "EMAIL_URL", "DJANGO_", "HF_", "PYTEST_", "PYTHONDONTWRITE")


def clone(folder: Path) -> Path:
    """Clone the committed tree into an empty folder."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def free_ports() -> int:
    """Return a port that is free, and so is the next one."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with socket.socket() as second, contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def environment() -> dict[str, str]:
    """Return a caller's environment without settings. The environment of packages is shared with
    this run (it is built by the same code from the same lock) unless it says otherwise."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    if not os.environ.get("COMMONHOLD_TEST_FRESH_VENV"):
        kept["COMMONHOLD_VENV"] = os.environ.get("COMMONHOLD_VENV", str(ROOT / ".venv"))
    return kept


@dataclass
class Up:
    """A running `./commonhold up`, its lines as they come."""

    tree: Path
    data: Path
    port: int
    options: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None
    began: float = 0.0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> "Up":
        words = ["./commonhold", "up", "--port", str(self.port), "--data", str(self.data)]
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*words, *self.options],
            cwd=self.tree,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._follow, args=(self.process,), daemon=True).start()
        return self

    def _follow(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line.rstrip("\n"))

    def wait_for(self, pattern: str, seconds: float, after: int = 0) -> "re.Match[str]":
        """Return the first line that matches; fail with the log if none comes."""
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.lines[after:]:
                found = re.search(pattern, line)
                if found:
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no line matched {pattern!r} in {seconds} s:\n{self.log()}")

    def wait_until_ready(self, seconds: float = 600) -> "Up":
        self.wait_for(r"all parts are ready after", seconds)
        return self

    def log(self) -> str:
        return "\n".join(self.lines[-80:])

    def children(self) -> dict[str, int]:
        found = state.read(self.data)
        assert found is not None
        return found["children"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal as a terminal or an init system would; return the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


@contextlib.contextmanager
def running(tree: Path, data: Path, *options: str, port: int | None = None) -> Iterator[Up]:
    up = Up(tree, data, port or free_ports(), options).start()
    try:
        yield up
    finally:
        up.stop()


def once(tree: Path, *words: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
    """Run a command that ends by itself."""
    return subprocess.run(
        ["./commonhold", *words],
        cwd=tree,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def manage(tree: Path, data: Path, *words: str, seconds: float = 120) -> str:
    """Run a command of the tree's `manage.py` on a data folder; return what it printed."""
    settings = environment() | {"COMMONHOLD_DATA": str(data)}
    python = str(Path(settings.get("COMMONHOLD_VENV", tree / ".venv")) / "bin" / "python")
    done = subprocess.run(
        [python, "-W", "ignore", "manage.py", *words],
        cwd=tree,
        env=settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Browser:
    """Just enough of one to fill in a form: cookies, and the form's own fields."""

    def __init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, url: str) -> str:
        with self.opener.open(url, timeout=30) as answer:
            return answer.read().decode()

    def submit(self, url: str, **fields: str) -> str:
        """Post the page's form with these fields; return the page one lands on."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(url))
        assert token is not None, f"{url} has no form"
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        request = urllib.request.Request(url, body, {"Referer": url})
        with self.opener.open(request, timeout=30) as answer:
            return answer.read().decode()
