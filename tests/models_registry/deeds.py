"""Shorthand for commits and for what a revision holds."""

from models_registry import revisions
from models_registry.models import Repo


def commit(repo: Repo, *operations: revisions.Operation, **options) -> revisions.Committed:
    options.setdefault("summary", "change files")
    options.setdefault("author", repo.created_by)
    return revisions.commit(repo, operations=operations, **options)


def files(repo: Repo, rev: str = "main") -> dict[str, bytes]:
    """Return every file of a revision with its bytes, but for `.gitattributes`."""
    revision = revisions.resolve(repo, rev)
    found = revisions.listing(revision, recursive=True, limit=100_000)
    return {e.path: revisions.read(e) for e in found if e.is_file and e.path != ".gitattributes"}
