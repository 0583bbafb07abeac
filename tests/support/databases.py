"""Copies of a migrated database, for tests whose commits are real."""

import itertools
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections

_numbers = itertools.count(1)


@dataclass
class Template:
    """A migrated database nobody is connected to. `name` is a path on SQLite."""

    name: str
    data: Path

    @classmethod
    def of_test_database(cls, data: Path) -> "Template":
        source = connection.settings_dict["NAME"]
        connections.close_all()
        if connection.vendor == "sqlite":
            name = str(data / "template.sqlite3")
            with closing(sqlite3.connect(source)) as database:
                database.execute("VACUUM INTO ?", (name,))
        else:
            name = f"{source}_template"
            _postgresql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            _postgresql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return cls(name, data)

    def copy(self, folder: Path) -> "CommittedDatabase":
        """Point the default connection of every thread at a fresh copy."""
        connections.close_all()
        if connection.vendor == "sqlite":
            name = str(folder / "db.sqlite3")
            shutil.copyfile(self.name, name)
        else:
            name = f"{self.name}_{os.getpid()}_{next(_numbers)}"
            _postgresql(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
        replaced = connection.settings_dict["NAME"]
        _use(name)
        return CommittedDatabase(name, replaced)

    def drop(self) -> None:
        if connection.vendor == "sqlite":
            Path(self.name).unlink(missing_ok=True)
        else:
            _postgresql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


@dataclass
class CommittedDatabase:
    """One test's own database, already the default connection of this process."""

    name: str
    replaced: str
    vendor: str = field(default_factory=lambda: connection.vendor)

    @property
    def url(self) -> str:
        """What another process takes as DATABASE_URL."""
        if self.vendor == "sqlite":
            return f"sqlite:///{self.name}"
        of = connection.settings_dict
        login = ":".join(quote(part, safe="") for part in (of["USER"], of["PASSWORD"]) if part)
        host = quote(of["HOST"], safe="")
        return f"postgres://{login}{'@' if login else ''}{host}:{of['PORT'] or 5432}/{self.name}"

    @property
    def env(self) -> dict[str, str]:
        """The environment of another process that works on this database."""
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "COMMONHOLD_DATA": str(settings.DATA_DIR),
            "DJANGO_SETTINGS_MODULE": "portal.site.settings",
        }

    def drop(self) -> None:
        connections.close_all()
        _use(self.replaced)
        if self.vendor == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(self.name + suffix).unlink(missing_ok=True)
        else:
            _postgresql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


def _use(name: str) -> None:
    """Every thread's next connection goes to `name`: the settings are one shared dictionary."""
    connection.settings_dict["NAME"] = name
    connections.databases["default"]["NAME"] = name


def _postgresql(statement: str) -> None:
    """Run a statement that belongs to no database, such as CREATE DATABASE."""
    import psycopg

    parameters: dict[str, Any] = connection.get_connection_params()
    known = {"host", "port", "user", "password"}
    options = {key: value for key, value in parameters.items() if key in known}
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as server:
        server.execute(statement)
