"""Queries whose SQL is built once, for doors that ask the same question at every request.

Django builds the SQL of a queryset anew each time it is asked, which for a join of a few tables
costs more than the database needs for the answer. `Prepared` keeps the SQL and asks again with
other values: every answer is the database's own, read at that moment.

    BY_KEY = Prepared(lambda key: Repo.objects.filter(key=key)[:1], key=str)
    BY_KEY.first(key="maker/model")
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import sql
from django.db.models.query import get_related_populators

from portal import clock

M = TypeVar("M", bound=models.Model)
Kind = type[int | str | bytes]
Read = Callable[[list[Any]], list[Any]]
STAND_INS: dict[type, Callable[[int], Any]] = {  # values that no row has
    int: lambda number: -(2**53) - number,
    str: lambda number: f"\ue000stand-in {number}\ue000",
    bytes: lambda number: b"\0stand-in %d\0" % number,
}


@dataclass(frozen=True)
class _Statement:
    """The SQL of one queryset. `places`: for each parameter its name, or None and its value."""

    sql: str
    places: Sequence[tuple[str | None, Any]]
    read: Read

    def ask(self, values: dict[str, Any]) -> list[Any]:
        given = [fixed if name is None else values[name] for name, fixed in self.places]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            return self.read(cursor.fetchall())


class _Once(Generic[M]):
    """What is built once a process from the queryset that `build` returns."""

    def __init__(self, build: Callable[..., models.QuerySet[M]], types: dict[str, Kind]) -> None:
        self._build = build
        self._types = types
        self._kept: tuple[Any, _Statement | None] = (None, None)

    def _ask(self, values: dict[str, Any]) -> list[Any]:
        if values.keys() != self._types.keys():
            raise TypeError(f"this query takes {sorted(self._types)}, not {sorted(values)}")
        return self._statement().ask(values)

    def _statement(self) -> _Statement:
        """Return the statement; the tests' shift of the clock is part of the SQL."""
        key = (connection.vendor, clock.offset())
        kept, statement = self._kept
        if statement is None or kept != key:
            statement = self._made()
            self._kept = key, statement
        return statement

    def _made(self) -> _Statement:
        stand_ins = {
            name: STAND_INS[kind](number) for number, (name, kind) in enumerate(self._types.items())
        }
        with _no_threads_own() as database:
            text, parameters, read = self._compiled(stand_ins, database)
        text, places = _written_out(text, parameters, {v: name for name, v in stand_ins.items()})
        if missing := stand_ins.keys() - {name for name, _value in places}:
            raise ValueError(f"the query changes or ignores {sorted(missing)}")
        return _Statement(text, places, read)

    def _compiled(
        self, stand_ins: dict[str, Any], database: BaseDatabaseWrapper
    ) -> tuple[str, Sequence[Any], Read]:
        raise NotImplementedError


class Prepared(_Once[M]):
    """The queryset that `build` returns, with parameters of the named types.

    `build` must hand each parameter to the database as it is: a condition that depends on the
    value (`None`, an empty list) is another query.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], /, **types: Kind) -> None:
        super().__init__(build, types)

    def all(self, **values: int | str | bytes) -> list[M]:
        return self._ask(values)

    def first(self, **values: int | str | bytes) -> M | None:
        """Return the first row; `build` says in which order, and should ask for one only."""
        found = self.all(**values)
        return found[0] if found else None

    def _compiled(
        self, stand_ins: dict[str, Any], database: BaseDatabaseWrapper
    ) -> tuple[str, Sequence[Any], Read]:
        compiler = self._build(**stand_ins).query.get_compiler(connection=database)
        text, parameters = compiler.as_sql()
        return text, parameters, _reader(compiler)


class PreparedUpdate(_Once[M]):
    """One statement that changes the rows of `build`: the fields `sets` get values of those names.

    TAKE = PreparedUpdate(lambda slot: Slot.objects.filter(pk=slot, by=""), {"by": str}, slot=int)
    TAKE.run(slot=3, by="ada")
    """

    def __init__(
        self,
        build: Callable[..., models.QuerySet[M]],
        sets: dict[str, Kind],
        /,
        **types: Kind,
    ) -> None:
        super().__init__(build, types | sets)
        self._sets = sets

    def run(self, **values: int | str | bytes) -> list[Any]:
        """Change the rows; return their primary keys."""
        return self._ask(values)

    def _compiled(
        self, stand_ins: dict[str, Any], database: BaseDatabaseWrapper
    ) -> tuple[str, Sequence[Any], Read]:
        asked = {name: value for name, value in stand_ins.items() if name not in self._sets}
        rows = self._build(**asked)
        query = rows.query.chain(sql.UpdateQuery)
        query.add_update_values({name: stand_ins[name] for name in self._sets})  # type: ignore[attr-defined]
        text, parameters = query.get_compiler(connection=database).as_sql()
        key = database.ops.quote_name(str(rows.model._meta.pk.column))
        return f"{text} RETURNING {key}", parameters, lambda found: [row[0] for row in found]


@contextmanager
def _no_threads_own() -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection to write SQL for: what is built with it outlives any thread and its own.

    It is opened only where the SQL depends on the server's version.
    """
    database: BaseDatabaseWrapper = connection.copy()
    try:
        yield database
    finally:
        database.close()


def _written_out(
    sql: str, parameters: Sequence[Any], names: dict[Any, str]
) -> tuple[str, list[tuple[str | None, Any]]]:
    """Return the SQL with its constants in it, and what is left to give at each place.

    SQLite plans a statement anew at every use when a constant that decides about a partial index
    (`state = 'current'`) comes as a parameter.
    """
    remaining, places = iter(parameters), []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%%"
        value = next(remaining)
        name = names.get(value) if isinstance(value, int | str | bytes) else None
        if name is None and isinstance(value, int | str) and not isinstance(value, bool):
            return _literal(value)
        places.append((name, value))
        return "%s"

    return re.sub("%%|%s", place, sql), places


def _literal(value: int | str) -> str:
    if isinstance(value, int):
        return str(int(value))
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"


def _reader(compiler: Any) -> Read:
    """Return what turns rows into objects, as `ModelIterable` does at each query."""
    select, klass, annotations = (
        compiler.select,
        compiler.klass_info,
        compiler.annotation_col_map,
    )
    first, after = klass["select_fields"][0], klass["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:after]]
    related = get_related_populators(klass, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    converters = compiler.get_converters(column[0] for column in select)

    def made(row: Any) -> Any:
        found = klass["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:after])
        for populator in related:
            populator.populate(row, found)
        for name, place in annotations.items():
            setattr(found, name, row[place])
        return found

    def read(rows: list[Any]) -> list[Any]:
        converted = compiler.apply_converters(rows, converters) if converters else rows
        return [made(row) for row in converted]

    return read
