"""The supervisor, with small real children."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.site.launch import children
from portal.site.launch.children import Child, Supervisor

LOOP = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.05)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LOOP
PARENT = (
    "import subprocess, sys, time\n"
    f"child = subprocess.Popen([sys.executable, '-c', {DEAF!r}])\n"
    "print('child', child.pid, flush=True)\n"
    "time.sleep(600)"
)


def python(name: str, code: str, **more) -> Child:
    return Child(name, [sys.executable, "-u", "-c", code], **more)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, dict(os.environ)) as running:
        yield running


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def alive(number: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False


def test_lines_are_prefixed_and_hidden_ones_are_not_shown(supervisor, capsys):
    code = "print('one'); print(); print('secret two'); print('rest', end='')"
    assert supervisor.do(python("talker", code, hide="^$|secret")) == 0
    assert capsys.readouterr().out.splitlines() == ["talker    | one", "talker    | rest"]


def test_a_child_is_ready_when_it_says_so(supervisor):
    child = python("slow", "import time; time.sleep(.3); print('ready.'); time.sleep(600)")
    child.ready = r"ready\."
    supervisor.start(child)
    assert not child.is_ready
    assert supervisor.wait_until(lambda: child.is_ready, 20)


def test_a_dead_child_is_started_again_after_longer_and_longer_pauses(supervisor, capsys):
    supervisor.start(python("weak", "raise SystemExit(3)"))
    said: list[str] = []

    def thrice() -> bool:
        said.extend(capsys.readouterr().out.splitlines())
        return len(said) >= 3

    assert supervisor.wait_until(thrice, 30)
    assert [line.split(" in ")[1] for line in said[:3]] == ["0.5 s", "1 s", "2 s"]
    assert "ended with status 3" in said[0]


def test_what_a_killed_child_leaves_behind_is_ended(supervisor, capsys):
    parent = python("parent", PARENT)
    supervisor.start(parent)
    said: list[str] = []

    def told() -> bool:
        said.extend(w for w in capsys.readouterr().out.splitlines() if " child " in w)
        return bool(said)

    assert supervisor.wait_until(told, 20)
    orphan, first = int(said[0].split()[-1]), pid(parent)
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: pid(parent) != first, 20)
    assert not alive(orphan)


def test_stopping_is_polite_then_forceful_and_in_order(supervisor, monkeypatch, capsys):
    monkeypatch.setattr(children, "GRACE_SECONDS", 1)
    say_goodbye = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('goodbye')))\n" + LOOP
    )
    started = [
        python("needed", say_goodbye, ready="begun", last=True),
        python("user", say_goodbye, ready="begun"),
        python("deaf", DEAF, ready="begun"),
    ]
    for child in started:
        supervisor.start(child)
    assert supervisor.wait_until(lambda: all(child.is_ready for child in started), 30)
    pids = [pid(child) for child in started]
    supervisor.stop()
    assert not any(alive(number) for number in pids)
    byes = [line for line in capsys.readouterr().out.splitlines() if "goodbye" in line]
    assert byes == ["user      | goodbye", "needed    | goodbye"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_loop(supervisor, number):
    supervisor.start(python("steady", LOOP))
    threading.Timer(0.3, os.kill, (os.getpid(), number)).start()
    began = time.monotonic()
    supervisor.run()
    assert time.monotonic() - began < 5


def test_a_step_that_fails_says_so_and_is_not_started_again(supervisor, capsys):
    assert supervisor.do(python("step", "raise SystemExit(7)")) == 7
    assert not supervisor.wait_until(lambda: "again" in capsys.readouterr().out, 1)
    assert supervisor.children == []
