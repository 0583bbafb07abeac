"""The full-text index of each vendor over `SearchEntry`, put in place after every migrate.

SQLite: an FTS5 table without text of its own, kept by triggers. PostgreSQL: a GIN index over a
tsvector of the configuration `simple`. Both index words that were cut in Python.
"""

from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate

ENTRY = "portal_searchentry"
FTS = "portal_searchwords"
VECTOR = (
    "(setweight(to_tsvector('simple'::regconfig, head), 'A') || "
    "to_tsvector('simple'::regconfig, words))"
)
_SQLITE = f"""
CREATE VIRTUAL TABLE {FTS} USING fts5(
    head, words, content='{ENTRY}', content_rowid='id',
    tokenize='unicode61 remove_diacritics 0', prefix='2 3')
"""
_FORGET = (
    f"INSERT INTO {FTS} ({FTS}, rowid, head, words) VALUES ('delete', OLD.id, OLD.head, OLD.words)"
)
_LEARN = f"INSERT INTO {FTS} (rowid, head, words) VALUES (NEW.id, NEW.head, NEW.words)"
_TRIGGERS = {
    f"{ENTRY}_is_found": ("INSERT", "", f"{_LEARN};"),
    f"{ENTRY}_is_lost": ("DELETE", "", f"{_FORGET};"),
    f"{ENTRY}_changes": (
        "UPDATE",
        "WHEN OLD.head <> NEW.head OR OLD.words <> NEW.words",
        f"{_FORGET}; {_LEARN};",
    ),
}


def install(using: str) -> None:
    """Put the index in place. Idempotent; rows that are there already are indexed."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _install_sqlite(cursor)
        else:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {FTS} ON {ENTRY} USING gin ({VECTOR})")


def _install_sqlite(cursor: Any) -> None:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [FTS])
    missing = cursor.fetchone() is None
    if missing:
        cursor.execute(_SQLITE)
    for name, (event, when, body) in _TRIGGERS.items():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {ENTRY} FOR EACH ROW {when} BEGIN {body} END"
        )
    if missing:
        cursor.execute(f"INSERT INTO {FTS} ({FTS}) VALUES ('rebuild')")


def _reinstall(sender: Any, using: str, **kwargs: Any) -> None:
    tables = connections[using].introspection.table_names()
    if sender.label == "portal" and ENTRY in tables:
        install(using)


post_migrate.connect(_reinstall, dispatch_uid="portal.search")
