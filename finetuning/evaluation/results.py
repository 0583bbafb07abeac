"""Taking what sandboxed steps wrote: everything is checked as if a stranger had written it."""

import json
import math
import zlib
from pathlib import Path
from typing import Any

from finetuning.benchmarks.models import METRICS
from finetuning.evaluation.models import Failure
from finetuning.sandbox import Ending, Outcome
from models_registry.formats.sentences import Sentence as _

MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_TEXT = 300
MAX_ITEMS = 2000
FAULTS = {"nan": Failure.NAN, "output": Failure.OUTPUT, "tokenizer": Failure.CRASHED,
          "weights": Failure.CRASHED, "memory": Failure.MEMORY}  # fmt: skip
OURS = "platform"
ENDINGS = {
    Ending.MEMORY: Failure.MEMORY,
    Ending.TIMEOUT: Failure.TIMEOUT,
    Ending.FLOOD: Failure.FLOOD,
    Ending.PROCESSES: Failure.PROCESSES,
    Ending.CRASHED: Failure.CRASHED,
}


class MemberFault(Exception):
    """The submission cannot be scored; `failure` is its kind, the text is shown to who may see."""

    def __init__(self, failure: Failure, *said: str, peak: int = 0):
        super().__init__(" ".join(said) or str(failure.label))
        self.said = said
        self.failure = failure
        self.peak = peak


class PlatformFault(OSError):
    """The step found the machine unfit before it opened anything of a member's."""


def require_ok(outcome: Outcome, record: Path) -> None:
    """Raise `MemberFault` with the last stage and the peak memory unless the step ended well."""
    if outcome.ok:
        return
    said = read_json(record) or {}
    if said.get("fault") == OURS:
        raise PlatformFault(str(said.get("text"))[:MAX_TEXT])
    failure = FAULTS.get(str(said.get("fault")), ENDINGS.get(outcome.ending, Failure.CRASHED))
    text = str(said.get("text") or "")[:MAX_TEXT] or last_line(outcome.said)
    raise MemberFault(failure, text, peak=outcome.peak_bytes)


def last_line(said: str) -> str:
    """Return the last line a process wrote, without control characters."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = lines[-1] if lines else ""
    return "".join(c for c in text if c.isprintable())[:MAX_TEXT]


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a bounded JSON object, or None for anything else."""
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            return None
        found = bounded(json.loads(path.read_bytes()), 5)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def bounded(value: Any, depth: int) -> Any:
    """Return the value with short texts, finite numbers and few items; raises ValueError."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > 2**62:
            raise ValueError("a number is out of bounds")
        return value
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if depth and isinstance(value, list | dict) and len(value) <= MAX_ITEMS:
        if isinstance(value, list):
            return [bounded(item, depth - 1) for item in value]
        return {str(key)[:MAX_TEXT]: bounded(item, depth - 1) for key, item in value.items()}
    raise ValueError("a value is too deep or too long")


def scores(result: dict[str, Any], task: str) -> list[dict[str, Any]]:
    """Return the metrics of a result in the benchmark's order; raises `MemberFault`."""
    by_name = {found.get("metric"): found for found in result.get("metrics", [])}
    wanted = [by_name.get(metric.value) for metric in METRICS[task]]
    if not all(wanted):
        raise MemberFault(Failure.OUTPUT, _("The scorer did not return every metric."))
    return [{key: found[key] for key in ("metric", "value", "low", "high")} for found in wanted]  # type: ignore[index]


def packed(path: Path) -> bytes:
    return zlib.compress(path.read_bytes(), 6)
