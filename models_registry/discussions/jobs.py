"""Telling people of what happened in a discussion, after the deed."""

from typing import Any

from models_registry.discussions import notices
from portal import jobs


@jobs.handler()
def tell(run: jobs.Run) -> dict[str, Any] | None:
    entry = notices.entry_of(run.payload["entry"])
    return {"told": len(notices.tell(entry))} if entry is not None else None
