"""What a new commit sets off: rows written in its own transaction, read by whoever cares.

Apps above subscribe with the dotted name of a job handler; the registry never imports them.
"""

from typing import TYPE_CHECKING

from models_registry.cards import Facets
from models_registry.lineage import describe_repo
from models_registry.models import Com, Repo
from models_registry.search import index_repo
from portal import events, jobs

if TYPE_CHECKING:
    from portal.people.models import Person

_LISTENERS: list[str] = []
_LICENCE = "models_registry.watching.jobs.tell_of_licence"


def subscribe(handler: str) -> None:
    """Let the job `handler` run after each commit with `{repo, oid, ref, title}`."""
    if handler not in _LISTENERS:
        _LISTENERS.append(handler)


def announce(repo: Repo, com: Com, ref: str, author: "Person", facets: Facets | None) -> None:
    """Write event, facets, search entry and jobs of a commit. Runs in its transaction."""
    events.record(
        "registry:revision:committed",
        actor=author,
        subject=f"repo:{repo.pk}",
        body={"commit": com.oid, "tree": com.tree},
        details={"ref": ref, "title": com.title},
    )
    if ref == repo.default_ref:
        if facets is not None:
            describe_repo(repo, facets)
        if facets is not None or com.gen == 0:
            index_repo(repo, facets)
    if not com.appended:
        set_off(repo, com, ref)


def set_off(repo: Repo, com: Com, ref: str) -> None:
    """Write the jobs of those who care about a new commit, or one that is new to this repo."""
    payload = {"repo": repo.pk, "oid": com.oid, "ref": ref, "title": com.title}
    for handler in _LISTENERS:
        jobs.enqueue(handler, f"{repo.pk}:{ref}:{com.oid}", payload)


def licensed(repo: Repo, *, by: "Person") -> None:
    """Have those who watch told that another licence holds. Runs in the deed's transaction."""
    key = f"{repo.pk}:{repo.licence_id}:{repo.updated_at.isoformat()}"
    jobs.enqueue(_LICENCE, key, {"repo": repo.pk, "by": by.pk})
