"""Narrowing a list to what a search finds, in the list's own order.

A search page ranks its best matches; a list of repos keeps its order and its other filters. Few
matches are looked up in the index and sorted; of many the list itself is walked, since one row in
every few fits: either way the work stays small, however long the list is.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from portal.search import tables
from portal.search.finding import postgresql_match, sqlite_match
from portal.search.models import SearchEntry
from portal.search.words import asked

FEW = 2_000  # matches that are looked up and sorted; beyond it the list is walked

Rows = TypeVar("Rows", bound=QuerySet[Any])


def narrow(rows: Rows, kind: str, text: str) -> Rows:
    """Return the rows whose entries of this kind hold every word of `text`.

    `rows` are those that the actor may see: nothing here asks for rights. A text without a word
    narrows nothing.
    """
    words = asked(text)
    if not words:
        return rows
    keys = _keys(kind, words)
    if len(keys) > FEW:
        return rows.filter(_holds(kind, words))
    # Whole numbers written out: a thousand parameters would cost more than all the rest.
    table, written = rows.model._meta.db_table, ",".join(map(str, keys))
    found = rows.extra(where=[f"{table}.id IN ({written})"]) if keys else rows.none()
    return cast(Rows, found)


def _keys(kind: str, words: Sequence[tuple[str, bool]]) -> list[int]:
    """Return the keys of what holds these words, of one more than `FEW` at most.

    They go into the next statement as they are: told how few they are, SQLite looks them up; of a
    subquery it fears many, and walks the whole list instead.
    """
    if connection.vendor == "sqlite":
        # CROSS JOIN keeps the order: SQLite would ask the index once for each entry otherwise.
        source = f"{tables.FTS} CROSS JOIN {tables.ENTRY} e ON e.id = {tables.FTS}.rowid"
        condition, match = f"{tables.FTS} MATCH %s", sqlite_match(words)
    else:
        source, match = f"{tables.ENTRY} e", postgresql_match(words)
        condition = f"{tables.VECTOR} @@ to_tsquery('simple', %s)"
    sql = f"SELECT e.ref FROM {source} WHERE {condition} AND e.kind = %s LIMIT {FEW + 1}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [match, kind])
        return [int(ref) for (ref,) in cursor.fetchall()]


def _holds(kind: str, words: Sequence[tuple[str, bool]]) -> Exists:
    """Return the condition that a row's entry holds these words, read from the entry itself."""
    space = Value(" ")
    all_words = Concat(space, "head", space, "words", space, output_field=TextField())
    entry = SearchEntry.objects.alias(all_words=all_words).filter(
        kind=kind, ref=Cast(OuterRef("pk"), CharField())
    )
    held = Q()
    for word, begins in words:
        held &= Q(all_words__contains=f" {word}" if begins else f" {word} ")
    return Exists(entry.filter(held))
