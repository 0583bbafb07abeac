"""Small programs that run inside, and what they share."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from finetuning.sandbox import Limits, Task

PRELUDE = """
import json, os, signal, socket, subprocess, sys, time
tail = sys.argv[1:]
def pairs(flag):
    return dict(tail[n + 1].split("=", 1) for n, word in enumerate(tail) if word == flag)
given = pairs("--input")
outputs = {name: int(fd) for name, fd in pairs("--output").items()}
progress = int(tail[tail.index("--progress") + 1])
def tell(phase, done=0, total=1):
    line = json.dumps({"phase": phase, "done": done, "total": total})
    os.write(progress, line.encode() + b"\\n")
def answer(value):
    os.write(outputs["answer"], json.dumps(value).encode())
"""


def task(
    code: str,
    *,
    inputs: Mapping[str, Path] | None = None,
    answer: Path | None = None,
    **limits: object,
) -> Task:
    """Return a task that runs `code` after the prelude; `answer` is where it may answer."""
    return Task(
        arguments=("-c", PRELUDE + code),
        inputs=inputs or {},
        outputs={"answer": answer} if answer else {},
        limits=replace(Limits(wall_s=30), **limits),  # type: ignore[arg-type]
    )
