"""What is run, under which limits, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Ceilings of one task. Seconds and bytes; `processes` counts threads' parents, not threads."""

    wall_s: float = 900.0
    memory_bytes: int = 3072 * MIB
    processes: int = 16
    file_bytes: int = 256 * MIB
    scratch_bytes: int = 256 * MIB
    open_files: int = 512
    address_space_bytes: int | None = None
    progress_line_bytes: int = 1000
    progress_lines_a_second: float = 20.0


@dataclass(frozen=True)
class Task:
    """Arguments for the Python of this installation, and the files the process may touch.

    Every input becomes `--input NAME=PATH` (read-only, path as seen inside), every output
    `--output NAME=FD` (a descriptor onto the named host file, which is created empty), and
    progress goes to `--progress FD` as JSON lines. `devices` are host device nodes to allow.
    """

    arguments: tuple[str, ...]
    inputs: Mapping[str, Path] = field(default_factory=dict)
    outputs: Mapping[str, Path] = field(default_factory=dict)
    code: Path | None = None
    limits: Limits = field(default_factory=Limits)
    threads: int = 1
    devices: tuple[Path, ...] = ()


class Ending(StrEnum):
    OK = "ok"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    PROCESSES = "processes"
    FLOOD = "progress-flood"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """One line from inside. Untrusted: `done` and `total` are checked numbers, `phase` is short."""

    phase: str
    done: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """How a task ended. `kill_s` is the time from the decision to end it until nothing was left."""

    ending: Ending
    exit_code: int
    wall_s: float
    kill_s: float
    peak_bytes: int
    last: Progress | None
    said: str
    mechanism: str

    @property
    def ok(self) -> bool:
        return self.ending is Ending.OK

    def facts(self) -> dict[str, Any]:
        """Return what a run's record keeps of this outcome."""
        return {
            "ending": self.ending.value,
            "exit_code": self.exit_code,
            "wall_s": round(self.wall_s, 3),
            "peak_bytes": self.peak_bytes,
            "last_phase": self.last.phase if self.last else "",
            "mechanism": self.mechanism,
        }
