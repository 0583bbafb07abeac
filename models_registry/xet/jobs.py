"""What the CAS does in the background."""

from dataclasses import asdict
from typing import Any

from models_registry import scrub as scrubbing
from models_registry.xet import chunking, garbage
from portal import jobs

DAY = 24 * 3600
FILES_A_RUN = 100


@jobs.handler(queue="default", lease_seconds=300, max_attempts=1)
def sweep_xorbs(run: jobs.Run) -> dict[str, Any]:
    """Take xorbs that no file needs a step further on their way out."""
    return asdict(garbage.sweep_now(run.progress))


@jobs.handler(queue="cpu", lease_seconds=300, max_attempts=1)
def scrub(run: jobs.Run) -> dict[str, Any]:
    """Compare everything that is stored with its hash."""
    total, read, damaged = scrubbing.total(), 0, 0
    for number, found in enumerate(scrubbing.scrub(check=run.check), start=1):
        read += found.size
        damaged += found.damage is not None
        run.progress(number, total, phase="reading")
    return {"bytes": read, "damaged": damaged}


@jobs.handler(queue="cpu", lease_seconds=300, max_attempts=1)
def chunk_files(run: jobs.Run) -> dict[str, Any]:
    """Give files that came by LFS their chunks, so that Xet clients can fetch them too."""
    files = chunking.next_files(FILES_A_RUN)
    done = 0
    for number, blob in enumerate(files, start=1):
        done += chunking.into_chunks(blob, run.check)
        run.progress(number, len(files), phase="chunking")
    return {"files": done, "damaged": len(files) - done}


@jobs.handler(queue="default", lease_seconds=900, max_attempts=1)
def drop_whole_files(run: jobs.Run) -> dict[str, Any]:
    """Delete whole files that have had their chunks for an hour."""
    return {"freed": sum(chunking.drop_whole_files())}


jobs.every(5 * 60, "models_registry.xet.jobs.chunk_files", when=chunking.is_wanted)
jobs.every(3600, "models_registry.xet.jobs.drop_whole_files")
jobs.every(DAY, "models_registry.xet.jobs.sweep_xorbs")
jobs.every(7 * DAY, "models_registry.xet.jobs.scrub")
