"""The registry's work in the background."""

import dataclasses
import datetime as dt
from typing import Any

from models_registry.models import Repo
from models_registry.results import reading
from models_registry.revisions import garbage, rewriting
from models_registry.storage import sweeping
from models_registry.uploads import sessions
from portal import jobs
from portal.access import Actor, decide
from portal.clock import db_now
from portal.people.models import Person

ABANDONED_AFTER = dt.timedelta(hours=24)  # the longest that an upload may stay unfinished


@jobs.handler(queue="default", lease_seconds=300, max_attempts=1)
def sweep_uploads(run: jobs.Run) -> dict[str, Any]:
    """Remove what uploads left behind that nobody has touched for a day."""
    return {"removed": sessions.sweep(db_now() - ABANDONED_AFTER)}


@jobs.handler(queue="default", lease_seconds=900, max_attempts=1)
def sweep_content(run: jobs.Run) -> dict[str, Any]:
    """Remove large files that no commit named for a day, and what deleted repos left behind."""
    return dataclasses.asdict(sweeping.sweep(tell=run.progress))


@jobs.handler(queue="default", lease_seconds=900, max_attempts=1)
def sweep_history(run: jobs.Run) -> dict[str, Any]:
    """Remove commits that nothing has reached for a day, and what only they brought."""
    return dataclasses.asdict(garbage.sweep(tell=run.progress))


@jobs.handler(queue="default", lease_seconds=1800, max_attempts=2)
def remove_files(run: jobs.Run) -> dict[str, Any] | None:
    """Take large files out of a long history, if who asked for it still may."""
    repo = Repo.objects.select_related("namespace").filter(pk=run.payload["repo"]).first()
    person = Person.objects.filter(pk=run.payload["by"]).first()
    if repo is None or person is None or not decide(Actor(person), "settings", repo):
        return None
    return {"commits": rewriting.remove(repo, run.payload["files"], by=person)}


@jobs.handler(queue="default", lease_seconds=60, max_attempts=3)
def read_results(run: jobs.Run) -> dict[str, Any] | None:
    """Read what the newest revision of a repo says of its evaluation."""
    repo = Repo.objects.select_related("namespace").filter(pk=run.payload["repo"]).first()
    return {"results": reading.read(repo)} if repo is not None else None


jobs.every(3600, "models_registry.jobs.sweep_uploads")
jobs.every(6 * 3600, "models_registry.jobs.sweep_content")
jobs.every(6 * 3600, "models_registry.jobs.sweep_history")
