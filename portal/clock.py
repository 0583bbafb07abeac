"""The clock is the database's. Deadlines, terms and expiries compare with `db_now()` only.

PostgreSQL answers `clock_timestamp()`. SQLite runs inside our processes, so its clock is the
machine's: a connection function `commonhold_now()` gives it to SQL. `DbNow()` is the same instant
inside a query, so that a comparison and the row it judges are read at one moment.

Tests shift the clock by one offset, `shifted(...)`. It reaches child processes by the environment
variable `COMMONHOLD_TEST_CLOCK_OFFSET` (seconds), which a portal on a public address refuses.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.backends.sqlite3.base import DatabaseWrapper as SqliteConnection
from django.db.models import DateTimeField, Func

OFFSET_VARIABLE = "COMMONHOLD_TEST_CLOCK_OFFSET"
_offset = dt.timedelta(seconds=float(os.environ.get(OFFSET_VARIABLE) or 0))


def db_now(using: str = "default") -> dt.datetime:
    """Return the database's present time, aware and in UTC, plus the tests' one offset."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
        return now.astimezone(dt.UTC) + _offset
    return _machine_now()


def about_now() -> dt.datetime:
    """Return this machine's time, plus the tests' offset: for display only, as it asks nobody.

    "Three minutes ago" in a list of thirty would otherwise be thirty queries on PostgreSQL.
    """
    return _machine_now()


class DbNow(Func):
    """`db_now()` as an expression: `.filter(expires_at__gt=DbNow())`."""

    arity = 0
    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "commonhold_now()", []

    def as_postgresql(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        if not _offset:
            return "clock_timestamp()", []
        return "(clock_timestamp() + %s)", [_offset]


def offset() -> dt.timedelta:
    """Return how far the tests have shifted the clock; zero in every real portal."""
    return _offset


@contextmanager
def shifted(by: dt.timedelta) -> Iterator[None]:
    """Move the clock by `by`, on top of any shift around this one, in all threads and children."""
    global _offset
    before, variable = _offset, os.environ.get(OFFSET_VARIABLE)
    _offset = before + by
    os.environ[OFFSET_VARIABLE] = repr(_offset.total_seconds())
    try:
        yield
    finally:
        _offset = before
        if variable is None:
            del os.environ[OFFSET_VARIABLE]
        else:
            os.environ[OFFSET_VARIABLE] = variable


def _machine_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + _offset


def _sqlite_now() -> str:
    """Return the time as Django stores it on SQLite, so that texts compare as instants do."""
    now = _machine_now().replace(tzinfo=None)
    return now.isoformat(sep=" ", timespec="microseconds" if now.microsecond else "seconds")


def _give_clock(connection: Any, **kwargs: Any) -> None:
    if isinstance(connection, SqliteConnection):
        connection.connection.create_function("commonhold_now", 0, _sqlite_now)


connection_created.connect(_give_clock, dispatch_uid="portal.clock")


@checks.register(checks.Tags.security)
def no_shifted_clock_in_public(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if not os.environ.get(OFFSET_VARIABLE) or host in {"localhost", "127.0.0.1", "::1"}:
        return []
    return [
        checks.Error(
            f"{OFFSET_VARIABLE} shifts the clock of a portal with a public address.",
            hint=f"Unset {OFFSET_VARIABLE}: only tests may move the clock.",
            id="portal.E020",
        )
    ]
