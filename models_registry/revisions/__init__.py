"""Revisions: commits of files, how they are made, found, read and listed."""

from models_registry.revisions.history import history, last_commits, message, messages
from models_registry.revisions.operations import (
    AddFile,
    AddLfs,
    CopyFile,
    DeletePath,
    Operation,
)
from models_registry.revisions.reading import (
    Entry,
    Revision,
    addressable,
    blob,
    by_oid,
    entries,
    entry,
    listing,
    open_entry,
    read,
    resolve,
    revision_of,
)
from models_registry.revisions.refusals import EntryNotFound, RevisionNotFound
from models_registry.revisions.writing import Committed, commit

__all__ = [
    "AddFile",
    "AddLfs",
    "Committed",
    "CopyFile",
    "DeletePath",
    "Entry",
    "EntryNotFound",
    "Operation",
    "Revision",
    "RevisionNotFound",
    "addressable",
    "blob",
    "by_oid",
    "commit",
    "entries",
    "entry",
    "history",
    "last_commits",
    "listing",
    "message",
    "messages",
    "open_entry",
    "read",
    "resolve",
    "revision_of",
]
