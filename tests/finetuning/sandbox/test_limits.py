"""How a process ends when it passes a limit, is cancelled, or its worker dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from finetuning import sandbox
from finetuning.sandbox import Ending, Mechanism, Progress, tree
from tests.finetuning.sandbox.snippets import task

MIB = 2**20
# A second on a machine of its own (benchmarks/ has the figure: about 10 ms). Here it only has to
# be less than the 5 s after which the killing gives up, however busy the cores are.
KILL_S = 4.0


before: set[int] = set()


@pytest.fixture(autouse=True)
def _children_of_other_tests() -> None:
    """Note who was there before: servers that other tests of this process share live on."""
    before.clear()
    before.update(tree.children(os.getpid()))


def nothing_is_left() -> bool:
    return not set(tree.children(os.getpid())) - before


def test_an_endless_loop_ends_at_the_wall_limit(mechanism: Mechanism) -> None:
    """Scenario 10."""
    outcome = sandbox.run(task("while True: pass", wall_s=1), using=mechanism)
    assert outcome.ending is Ending.TIMEOUT
    assert outcome.kill_s < KILL_S
    assert nothing_is_left()


def test_ignoring_signals_does_not_help(mechanism: Mechanism) -> None:
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    outcome = sandbox.run(task(code, wall_s=1), using=mechanism)
    assert outcome.ending is Ending.TIMEOUT
    assert outcome.kill_s < KILL_S
    assert nothing_is_left()


def test_a_memory_hog_ends_with_its_peak_shown(mechanism: Mechanism) -> None:
    """Scenario 11."""
    code = """
tell("loading")
hoard = []
while True:
    hoard.append(bytearray(16 * 2**20))
    time.sleep(0.02)
"""
    outcome = sandbox.run(task(code, memory_bytes=200 * MIB), using=mechanism)
    assert outcome.ending is Ending.MEMORY
    assert 200 * MIB < outcome.peak_bytes < 600 * MIB
    assert outcome.last == Progress("loading", 0, 1)
    assert nothing_is_left()


def test_memory_of_children_counts(mechanism: Mechanism) -> None:
    code = """
for _ in range(4):
    if os.fork() == 0:
        hoard = bytearray(b"x" * (80 * 2**20))
        time.sleep(60)
time.sleep(60)
"""
    outcome = sandbox.run(task(code, memory_bytes=200 * MIB), using=mechanism)
    assert outcome.ending is Ending.MEMORY
    assert nothing_is_left()


def test_a_storm_of_processes_ends(mechanism: Mechanism) -> None:
    code = """
for _ in range(40):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
    outcome = sandbox.run(task(code, processes=16), using=mechanism)
    assert outcome.ending is Ending.PROCESSES
    assert outcome.kill_s < KILL_S
    assert nothing_is_left()


def test_cancel_ends_the_process_at_the_next_look(mechanism: Mechanism) -> None:
    """Scenario 13: the second look says so, and the minute that it wanted to sleep is not over."""
    asked = []

    def cancelled() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 1

    outcome = sandbox.run(task("time.sleep(60)"), cancelled=cancelled, using=mechanism)
    assert outcome.ending is Ending.CANCELLED
    assert outcome.kill_s < KILL_S
    assert len(asked) == 2
    assert outcome.wall_s < 30
    assert nothing_is_left()


def test_an_exception_of_the_watcher_ends_the_process_too(mechanism: Mechanism) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> bool:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        sandbox.run(task("time.sleep(60)"), cancelled=lost, using=mechanism)
    assert nothing_is_left()


@pytest.mark.parametrize(
    "code",
    [
        "while True: tell('predicting')",
        "os.write(progress, b'x' * 5000); time.sleep(60)",
        "os.write(progress, b'not json\\n'); time.sleep(60)",
        "tell('x', done=-1); time.sleep(60)",
        "tell('x', done=2**60); time.sleep(60)",
        'os.write(progress, b\'{"phase": {}, "done": 0, "total": 1}\\n\'); time.sleep(60)',
    ],
    ids=["flood", "long-line", "not-json", "negative", "huge", "no-text"],
)
def test_progress_that_no_runner_writes_ends_the_process(code: str) -> None:
    """Scenario 15: a flood kills the job."""
    outcome = sandbox.run(task(code))
    assert outcome.ending is Ending.FLOOD
    assert nothing_is_left()


def test_progress_comes_through_in_order() -> None:
    seen: list[Progress] = []
    code = "\nfor n in range(10):\n    tell('predicting', n, 10)\n    time.sleep(0.06)"
    outcome = sandbox.run(task(code), progressed=seen.append)
    assert outcome.ok, outcome.said
    assert [progress.done for progress in seen] == list(range(10))


def test_a_flood_of_output_is_kept_short_and_harms_nobody() -> None:
    outcome = sandbox.run(task("print('x' * 50_000_000); print('the last word')"))
    assert outcome.ok
    assert outcome.said.endswith("the last word\n")
    assert len(outcome.said) <= 8192


@pytest.mark.parametrize("after_s", [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.5])
def test_when_the_worker_dies_the_process_dies(mechanism: Mechanism, after_s: float) -> None:
    """The worker is killed with SIGKILL, at any moment of the sandbox's building: nobody is left
    to clean up, and nothing stays."""
    marker = f"sandboxed-{os.getpid()}-{time.time_ns()}"
    program = f"""
import sys
sys.path.insert(0, {str(Path(sandbox.__file__).parents[2])!r})
from finetuning import sandbox
from finetuning.sandbox.mechanisms import candidates
task = sandbox.Task(arguments=("-c", "import time; time.sleep(60)", {marker!r}))
sandbox.run(task, using=next(m for m in candidates() if str(m) == {str(mechanism)!r}))
"""
    worker = subprocess.Popen([sys.executable, "-c", program])
    wait_for(lambda: any(marker in line for line in commands()), within=60)
    time.sleep(after_s)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_for(lambda: not any(marker in line for line in commands()), within=10)


def commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in found if "sandbox.run" not in line]


def wait_for(true: Callable[[], bool], within: float = 60) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
