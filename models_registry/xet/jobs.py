"""What the CAS does in the background."""

from dataclasses import asdict
from typing import Any

from models_registry import scrub as scrubbing
from models_registry.xet import garbage
from portal import jobs

DAY = 24 * 3600


@jobs.handler(queue="default", lease_seconds=300, max_attempts=1)
def sweep_xorbs(run: jobs.Run) -> dict[str, Any]:
    """Take xorbs that no file needs a step further on their way out."""
    return asdict(garbage.sweep_now(run.check))


@jobs.handler(queue="cpu", lease_seconds=300, max_attempts=1)
def scrub(run: jobs.Run) -> dict[str, Any]:
    """Compare everything that is stored with its hash."""
    total, read, damaged = scrubbing.total(), 0, 0
    for number, found in enumerate(scrubbing.scrub(check=run.check), start=1):
        read += found.size
        damaged += found.damage is not None
        run.progress(number, total, phase="reading")
    return {"bytes": read, "damaged": damaged}


jobs.every(DAY, "models_registry.xet.jobs.sweep_xorbs")
jobs.every(7 * DAY, "models_registry.xet.jobs.scrub")
