"""Finding: who asks, what they may see, and which of it fits best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from portal.search import tables
from portal.search.models import SearchEntry
from portal.search.words import asked

if TYPE_CHECKING:
    from portal.access import Actor

CAP = 500  # matches that are ranked; beyond it the order would cost more than it tells
PAGE = 20


@dataclass(frozen=True)
class Found:
    """One page of what was found. `more`: whether there is a next page."""

    entries: list[SearchEntry]
    more: bool


def reader_keys(actor: "Actor") -> list[str]:
    """Return the keys under which this actor may see what is not public."""
    person = actor.person
    if person is None or (actor.token is not None and not actor.token.covers("repo.read")):
        return []
    organisations = person.memberships.values_list("organisation_id", flat=True)
    return [f"person:{person.pk}", *(f"organisation:{pk}" for pk in organisations)]


def find(actor: "Actor", text: str, *, kind: str = "", page: int = 1) -> Found:
    """Return the entries that hold every word of `text` and that the actor may see, best first.

    At most 500 matches are ranked, of SQLite the newest. An empty query finds nothing.
    """
    words = asked(text)
    if not words:
        return Found([], False)
    query = _sqlite if connection.vendor == "sqlite" else _postgresql
    sql, parameters = query(words, reader_keys(actor), kind)
    start = (max(1, page) - 1) * PAGE
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {PAGE + 1} OFFSET {start}", parameters)
        found = [row[0] for row in cursor.fetchall()]
    entries = SearchEntry.objects.defer("head", "words").in_bulk(found[:PAGE])
    return Found([entries[pk] for pk in found[:PAGE] if pk in entries], len(found) > PAGE)


def _visible(keys: Sequence[str], kind: str) -> tuple[str, list[Any]]:
    """Return the condition on `e` that keeps out what may not be seen, before any cap."""
    sql, parameters = "e.is_public", []
    if keys:
        places = ", ".join(["%s"] * len(keys))
        sql = (
            f"(e.is_public OR EXISTS (SELECT 1 FROM portal_searchreader r "
            f"WHERE r.entry_id = e.id AND r.key IN ({places})))"
        )
        parameters = list(keys)
    if kind:
        sql, parameters = f"{sql} AND e.kind = %s", [*parameters, kind]
    return sql, parameters


def _sqlite(
    words: Sequence[tuple[str, bool]], keys: Sequence[str], kind: str
) -> tuple[str, list[Any]]:
    condition, parameters = _visible(keys, kind)
    sql = (
        f"SELECT id FROM (SELECT e.id AS id, bm25({tables.FTS}, 8.0, 1.0) AS score "
        f"FROM {tables.FTS} JOIN {tables.ENTRY} e ON e.id = {tables.FTS}.rowid "
        f"WHERE {tables.FTS} MATCH %s AND {condition} "
        f"ORDER BY {tables.FTS}.rowid DESC LIMIT {CAP}) AS capped ORDER BY score, id DESC"
    )
    return sql, [sqlite_match(words), *parameters]


def sqlite_match(words: Sequence[tuple[str, bool]]) -> str:
    """Return these words as an FTS5 query for all of them."""
    return " AND ".join(f'"{word}"*' if begins else f'"{word}"' for word, begins in words)


def _postgresql(
    words: Sequence[tuple[str, bool]], keys: Sequence[str], kind: str
) -> tuple[str, list[Any]]:
    condition, parameters = _visible(keys, kind)
    match = postgresql_match(words)
    sql = (
        "SELECT id FROM (SELECT e.id AS id, "
        f"ts_rank({tables.VECTOR}, to_tsquery('simple', %s)) AS score FROM {tables.ENTRY} e "
        f"WHERE {tables.VECTOR} @@ to_tsquery('simple', %s) AND {condition} LIMIT {CAP}) AS capped "
        "ORDER BY score DESC, id DESC"
    )
    return sql, [match, match, *parameters]


def postgresql_match(words: Sequence[tuple[str, bool]]) -> str:
    """Return these words as a `tsquery` for all of them."""
    return " & ".join(f"'{word}':*" if begins else f"'{word}'" for word, begins in words)
