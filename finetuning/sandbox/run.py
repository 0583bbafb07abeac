"""Start a task, watch it, end it, say how it ended."""

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from finetuning.sandbox import tree
from finetuning.sandbox.mechanisms import Mechanism, chosen
from finetuning.sandbox.progress import Flood, Lines
from finetuning.sandbox.task import Ending, Outcome, Progress, Task

TICK_S = 0.05
ASK_S = 0.25
SAID_BYTES = 8192
OURS = 4  # processes of the sandbox itself: the guard, bubblewrap's two, the task's first


def run(
    task: Task,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progressed: Callable[[Progress], None] = lambda _: None,
    using: Mechanism | None = None,
) -> Outcome:
    """Run `task` to its end and return the outcome; nothing of it is left when this returns.

    `cancelled` is asked four times a second; `progressed` gets every good line. Both may raise:
    the process is ended first, then the exception goes on.
    """
    mechanism = using or chosen()
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder, contextlib.ExitStack() as stack:
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        handles = {name: opened(path) for name, path in task.outputs.items()}
        try:
            tail = arguments(task, mechanism, handles, writing)
            command = mechanism.command(task, tail, Path(folder))
            process = start(command, (writing, *handles.values()))
        finally:
            for handle in (writing, *handles.values()):
                os.close(handle)
        return Watch(process, reading, task, mechanism.name, cancelled, progressed).until_the_end()


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)


def arguments(task: Task, mechanism: Mechanism, handles: dict[str, int], writing: int) -> list[str]:
    tail = []
    for name, path in task.inputs.items():
        tail += ["--input", f"{name}={mechanism.inside(name, path)}"]
    for name, handle in handles.items():
        tail += ["--output", f"{name}={handle}"]
    return [*tail, "--progress", str(writing)]


def start(command: list[str], handles: tuple[int, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=handles,
        start_new_session=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )


class Watch:
    """One running task under observation."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reading: int,
        task: Task,
        mechanism: str,
        cancelled: Callable[[], bool],
        progressed: Callable[[Progress], None],
    ):
        self.process = process
        self.reading = reading
        self.limits = task.limits
        self.mechanism = mechanism
        self.cancelled = cancelled
        self.progressed = progressed
        self.lines = Lines(task.limits.progress_line_bytes, task.limits.progress_lines_a_second)
        self.began = time.monotonic()
        self.asked = self.began
        self.said = b""
        self.peak = 0
        self.last: Progress | None = None

    def until_the_end(self) -> Outcome:
        ending, kill_s = None, 0.0
        try:
            for _ in self.ticks():
                ending = self.verdict()
                if ending is not None:
                    break
        finally:
            kill_s = self.end()
            code = self.process.wait()
            self.drain()
        if ending is None:
            ending = Ending.OK if code == 0 else Ending.CRASHED
        wall = time.monotonic() - self.began
        said = self.said.decode(errors="replace")
        return Outcome(ending, code, wall, kill_s, self.peak, self.last, said, self.mechanism)

    def ticks(self) -> Iterator[None]:
        """Yield twenty times a second, after reading what came, until the process has ended."""
        assert self.process.stdout is not None
        output = self.process.stdout.fileno()
        os.set_blocking(output, False)
        os.set_blocking(self.reading, False)
        ended = os.pidfd_open(self.process.pid)
        with contextlib.closing(selectors.DefaultSelector()) as selector:
            selector.register(ended, selectors.EVENT_READ)
            selector.register(output, selectors.EVENT_READ)
            selector.register(self.reading, selectors.EVENT_READ)
            try:
                while True:
                    ready = {key.fd for key, _ in selector.select(TICK_S)}
                    for handle in ready & {output, self.reading}:
                        if not self.take(handle):
                            selector.unregister(handle)
                    yield
                    if ended in ready:
                        return
            finally:
                os.close(ended)

    def take(self, handle: int) -> bool:
        """Read once from a pipe; False at its end."""
        try:
            chunk = os.read(handle, 65536)
        except BlockingIOError:
            return True
        if handle == self.reading:
            self.lines.feed(chunk)
        else:
            self.said = (self.said + chunk)[-SAID_BYTES:]
        return bool(chunk)

    def verdict(self) -> Ending | None:
        """Return why the task must end now, or None."""
        now = time.monotonic()
        try:
            self.tell()
        except Flood:
            return Ending.FLOOD
        if now - self.began > self.limits.wall_s:
            return Ending.TIMEOUT
        below = tree.members(self.process.pid)
        used = sum(map(tree.memory, below))
        self.peak = max(self.peak, used)
        if used > self.limits.memory_bytes:
            return Ending.MEMORY
        if len(below) > self.limits.processes + OURS:
            return Ending.PROCESSES
        if now - self.asked > ASK_S:
            self.asked = now
            if self.cancelled():
                return Ending.CANCELLED
        return None

    def tell(self) -> None:
        for progress in self.lines.ready():
            self.last = progress
            self.progressed(progress)

    def end(self) -> float:
        """Kill what is left and return the seconds until none of it ran."""
        began = time.monotonic()
        below = tree.members(self.process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        while any(map(tree.alive, below)) and time.monotonic() - began < 5:
            for pid in below:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)
        return time.monotonic() - began

    def drain(self) -> None:
        """Take the last words after the end; a flood at the very end changes nothing any more."""
        assert self.process.stdout is not None
        for handle in (self.process.stdout.fileno(), self.reading):
            with contextlib.suppress(Flood, OSError):
                self.take(handle)
        with contextlib.suppress(Flood):
            self.tell()
        self.process.stdout.close()
