"""Supervised children: started together, their lines prefixed, restarted with back-off, stopped.

One thread does all of it in one loop. Each child leads a session of its own, so that a signal from
the terminal reaches only us, and whatever a dead child leaves behind is ended with its group.
"""

import contextlib
import ctypes
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60  # a child that lived this long starts again without a pause
GRACE_SECONDS = 10
TICK_SECONDS = 0.25
WIDTH = 10
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # looked up before any fork


@dataclass
class Child:
    """One program to keep alive. It is ready when a line of its output matches `ready`.

    Lines that match `hide` are not shown. `orphaned` is the signal that the kernel sends it should
    the supervisor die without a word: nobody is left then to end it by force, so it must be one
    that waits for no work in hand.
    """

    name: str
    words: list[str]
    env: dict[str, str] = field(default_factory=dict)
    ready: str = ""
    hide: str = r"^\s*$"
    once: bool = False  # not started again
    last: bool = False  # stopped after the others, which need it to stop well
    orphaned: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None
    is_ready: bool = False
    started: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float | None = None
    rest: bytes = b""

    def group_kill(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Keeps children running until it is told to stop. Use as a context manager."""

    def __init__(self, cwd: Path, env: dict[str, str]) -> None:
        self.cwd, self.env = cwd, env
        self.children: list[Child] = []
        self.stopping = 0
        self.each_tick: list[Callable[[], None]] = []
        self.changed: Callable[[], None] = lambda: None
        self._selector = selectors.DefaultSelector()
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._asked_to_stop)
        # A signal writes to this pipe, which wakes the loop.
        self._wake, wakeup = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._wake, selectors.EVENT_READ)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping += 1

    # --- starting ---------------------------------------------------------------------------
    def start(self, child: Child) -> None:
        """Start a child, now or again."""
        if child not in self.children:
            self.children.append(child)
        child.process = subprocess.Popen(
            child.words,
            cwd=self.cwd,
            env=self.env | child.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dying_with_parent(child.orphaned),
        )
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)
        child.started, child.again_at, child.is_ready = time.monotonic(), None, not child.ready
        self.changed()

    def do(self, child: Child) -> int:
        """Run a child once to its end, with its lines shown; return its status, or 1 if stopped."""
        child.once = True
        self.start(child)
        assert child.process is not None
        while child.process.poll() is None and not self.stopping:
            self._tick()
        self.children.remove(child)
        if child.process.returncode is None:
            self._end([child])
        self._drain(child)
        return 1 if self.stopping else child.process.returncode

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Turn the loop until something holds; say whether it came to hold in time."""
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            if holds():
                return True
            self._tick()
        return False

    def run(self) -> None:
        """Turn the loop until a signal asks to stop."""
        while not self.stopping:
            self._tick()

    # --- the loop ---------------------------------------------------------------------------
    def _tick(self) -> None:
        for key, _events in self._selector.select(TICK_SECONDS):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            else:
                self._read(key.data)
        for child in list(self.children):
            self._look_after(child)
        for act in self.each_tick:
            act()

    def _look_after(self, child: Child) -> None:
        """Restart a dead child when its pause is over."""
        now = time.monotonic()
        if child.process is None or child.once or self.stopping:
            return
        if child.again_at is None and child.process.poll() is not None:
            self._drain(child)
            child.group_kill(signal.SIGKILL)
            child.is_ready = False
            child.pause = FIRST_PAUSE if now - child.started > STEADY_SECONDS else child.pause
            child.again_at = now + child.pause
            how = _ending(child.process.returncode)
            say(child.name, f"{how}; starting it again in {child.pause:g} s")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif child.again_at is not None and now >= child.again_at:
            self.start(child)

    def _read(self, child: Child) -> None:
        """Show the whole lines that a child has written."""
        assert child.process is not None and child.process.stdout is not None
        try:
            written = child.process.stdout.read(65536)
        except ValueError:  # closed meanwhile
            return
        if written is None:
            return
        if not written:
            self._close(child)
            return
        *lines, child.rest = (child.rest + written).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if child.ready and not child.is_ready and re.search(child.ready, text):
                child.is_ready = True
            if not re.search(child.hide, text):
                say(child.name, text)

    def _close(self, child: Child) -> None:
        assert child.process is not None and child.process.stdout is not None
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.process.stdout)
        child.process.stdout.close()

    def _drain(self, child: Child) -> None:
        """Show what a dead child still had to say."""
        assert child.process is not None and child.process.stdout is not None
        if not child.process.stdout.closed:
            self._read(child)
        if child.rest:
            say(child.name, child.rest.decode(errors="replace"))
            child.rest = b""
        if not child.process.stdout.closed:
            self._close(child)

    # --- stopping ---------------------------------------------------------------------------
    def stop(self) -> None:
        """End all children: first those that need the others, politely, then by force."""
        self.stopping = max(self.stopping, 1)
        for last in (False, True):
            self._end([child for child in self.children if child.last is last])
        self.children.clear()

    def _end(self, children: list[Child]) -> None:
        alive = [c for c in children if c.process is not None]
        for child in alive:
            assert child.process is not None
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
        asked, deadline = self.stopping, time.monotonic() + GRACE_SECONDS
        while any(c.process and c.process.poll() is None for c in alive):
            if time.monotonic() > deadline or self.stopping > asked + 1:
                break
            self._tick()
        for child in alive:
            child.group_kill(signal.SIGKILL)
            assert child.process is not None
            child.process.wait()
            self._drain(child)


def dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Let the kernel send a child this signal when its parent dies, even of SIGKILL; None where it
    cannot. For `preexec_fn`. The thread that starts the child must outlive it."""
    if sys.platform != "linux":
        return None
    return lambda: _libc.prctl(PR_SET_PDEATHSIG, number)


def _ending(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def say(name: str, text: str) -> None:
    """Print one line of the common log."""
    with contextlib.suppress(BrokenPipeError):
        print(f"{name:{WIDTH}}| {text}", flush=True)
