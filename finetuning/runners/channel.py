"""How a step reads its inputs, writes its outputs and tells how far it is."""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TELL_EVERY_S = 0.25


class Fault(Exception):
    """The submission is at fault; `kind` is one word of the failure taxonomy."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


@dataclass
class Channel:
    """Named input paths, named output descriptors, and the progress descriptor."""

    inputs: dict[str, Path]
    outputs: dict[str, int]
    progress: int
    told_at: float = field(default=0.0)
    told_phase: str = field(default="")

    @classmethod
    def of(cls, argv: list[str]) -> "Channel":
        parser = argparse.ArgumentParser()
        parser.add_argument("--input", action="append", default=[])
        parser.add_argument("--output", action="append", default=[])
        parser.add_argument("--progress", type=int, required=True)
        found = parser.parse_args(argv)
        inputs = dict(pair.split("=", 1) for pair in found.input)
        outputs = dict(pair.split("=", 1) for pair in found.output)
        return cls(
            {name: Path(path) for name, path in inputs.items()},
            {name: int(handle) for name, handle in outputs.items()},
            found.progress,
        )

    def job(self) -> dict[str, Any]:
        """Return the step's settings (`job` input, a JSON object)."""
        found: dict[str, Any] = json.loads(self.inputs["job"].read_text())
        return found

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a JSON-lines input."""
        with self.inputs[name].open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def write(self, name: str, data: bytes) -> None:
        handle = self.outputs[name]
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def write_json(self, name: str, value: object) -> None:
        self.write(name, json.dumps(value, sort_keys=True, allow_nan=False).encode())

    def tell(self, phase: str, done: int, total: int) -> None:
        """Report progress, at most four times a second within a phase (its end always)."""
        now = time.monotonic()
        due = now - self.told_at >= TELL_EVERY_S
        if phase == self.told_phase and not due and done < total:
            return
        self.told_at, self.told_phase = now, phase
        line = json.dumps({"phase": phase, "done": done, "total": total})
        os.write(self.progress, line.encode() + b"\n")
