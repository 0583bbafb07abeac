"""What the database itself forbids: one registry of triggers for both vendors.

Django rebuilds a table on SQLite to alter it, and drops its triggers on the way; so every trigger
is installed again after each `migrate`; a migration that rebuilds a table which triggers of other
tables name sets those aside first (governance 0006). `absent()` names those that are not there as
declared (for `doctor` and the system check portal.E021), `install()` puts them back.

    append_only(Event)                                    # neither update, delete nor truncate
    append_only(EventDetail, may_delete=True)
    forbid(Poll, "ballots_open", on="update", when="OLD.state = 'closed'", message="...")
    on_insert(Event, "is_pending", "INSERT INTO portal_logpending (event_id) VALUES (NEW.id)")

Conditions are SQL that both vendors read; `IS DISTINCT FROM` is translated for SQLite, and
`commonhold_now()`, the clock of `portal.clock`, for PostgreSQL.
"""

import sys
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.db.models.signals import post_migrate

LONGEST_NAME = 63  # PostgreSQL cuts longer identifiers silently


@dataclass(frozen=True)
class Trigger:
    """One trigger of one table. `body` is SQL run for each row, or a refusal if `message` is set.

    `event` is INSERT, UPDATE, DELETE or TRUNCATE (PostgreSQL only, once a statement).
    """

    model: type[Model]
    label: str
    event: str
    when: str = ""
    message: str = ""
    body: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        return f"{self.table}_{self.label}"

    @property
    def timing(self) -> str:
        return "BEFORE" if self.message else "AFTER"

    def sqlite(self) -> str:
        """Return the CREATE TRIGGER statement."""
        when = f"WHEN {self.when.replace('IS DISTINCT FROM', 'IS NOT')} " if self.when else ""
        body = f"SELECT RAISE(ABORT, '{_quoted(self.message)}')" if self.message else self.body
        return (
            f'CREATE TRIGGER "{self.name}" {self.timing} {self.event} ON "{self.table}" '
            f"FOR EACH ROW {when}BEGIN {body}; END"
        )

    def postgresql_function(self) -> str:
        """Return the body of the trigger's function, in PL/pgSQL."""
        act = f"{self.body};"
        if self.message:
            act = (
                f"RAISE EXCEPTION USING MESSAGE = '{_quoted(self.message)}', "
                "ERRCODE = 'integrity_constraint_violation';"
            )
        if self.when:
            when = self.when.replace("commonhold_now()", "clock_timestamp()")
            act = f"IF {when} THEN {act} END IF;"
        row = "OLD" if self.event == "DELETE" else "NEW"
        return f"BEGIN {act} RETURN {'NULL' if self.event == 'TRUNCATE' else row}; END"

    def postgresql(self) -> list[str]:
        """Return the statements that put the function and its trigger in place."""
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return [
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"AS $trigger${self.postgresql_function()}$trigger$",
            f'CREATE TRIGGER "{self.name}" {self.timing} {self.event} ON "{self.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{self.name}"()',
        ]


REGISTRY: dict[str, Trigger] = {}


def append_only(
    model: type[Model], *, may_update: tuple[str, ...] = (), may_delete: bool = False
) -> None:
    """Forbid changing or deleting rows of `model`, except the fields named in `may_update`."""
    table = model._meta.db_table
    when = ""
    if may_update:
        fixed = [f.column for f in model._meta.concrete_fields if f.name not in may_update]
        when = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in fixed)
    _add(Trigger(model, "keeps_rows", "UPDATE", when, f"{table} is append-only: no update"))
    if not may_delete:
        refusal = f"{table} is append-only: no delete"
        _add(Trigger(model, "keeps_all", "DELETE", "", refusal))
        _add(Trigger(model, "keeps_table", "TRUNCATE", "", refusal))


def forbid(model: type[Model], label: str, *, on: str, when: str, message: str) -> None:
    """Refuse an insert, update or delete (`on`) of a row for which the SQL `when` is true."""
    _add(Trigger(model, label, on.upper(), when, message))


def on_insert(model: type[Model], label: str, body: str) -> None:
    """Run one SQL statement after each row that is inserted; it sees the row as NEW."""
    _add(Trigger(model, label, "INSERT", body=body))


def install(app_label: str | None = None, using: str = DEFAULT_DB_ALIAS) -> int:
    """Put every declared trigger (of one app) in place again; return how many."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = [t for t in _of(connection.vendor, app_label) if t.table in tables]
    with connection.cursor() as cursor:
        for trigger in wanted:
            for statement in _statements(trigger, connection.vendor):
                cursor.execute(statement)
    return len(wanted)


def absent(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of declared triggers that are not in place exactly as declared."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    present = _present(connection)
    wanted = [t for t in _of(connection.vendor) if t.table in tables]
    return sorted(
        trigger.name
        for trigger in wanted
        if present.get(trigger.name) != _as_stored(trigger, connection.vendor)
    )


def _add(trigger: Trigger) -> None:
    if len(trigger.name) > LONGEST_NAME:
        raise ValueError(f"The trigger name {trigger.name} is longer than {LONGEST_NAME}.")
    REGISTRY[trigger.name] = trigger


def _of(vendor: str, app_label: str | None = None) -> list[Trigger]:
    return [
        trigger
        for trigger in REGISTRY.values()
        if (app_label is None or trigger.model._meta.app_label == app_label)
        and (vendor == "postgresql" or trigger.event != "TRUNCATE")
    ]


def _statements(trigger: Trigger, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f'DROP TRIGGER IF EXISTS "{trigger.name}"', trigger.sqlite()]
    drop = f'DROP TRIGGER IF EXISTS "{trigger.name}" ON "{trigger.table}"'
    return [drop, *trigger.postgresql()]


def _present(connection: Any) -> dict[str, str]:
    """Map the name of each trigger that is there and enabled to its text."""
    if connection.vendor == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
        )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def _as_stored(trigger: Trigger, vendor: str) -> str:
    return trigger.sqlite() if vendor == "sqlite" else trigger.postgresql_function()


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _reinstall(sender: AppConfig, using: str, **kwargs: Any) -> None:
    install(sender.label, using)


def _replace_is_delete(connection: Any, **kwargs: Any) -> None:
    """Without this, SQLite's INSERT OR REPLACE deletes a row and asks no delete trigger."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA recursive_triggers = ON")


@checks.register(checks.Tags.database)  # type: ignore[type-var]
def triggers_in_place(
    app_configs: Any, databases: list[str] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Name each missing trigger. `migrate` is about to install them: there it only warns."""
    level = checks.Warning if sys.argv[1:2] == ["migrate"] else checks.Error
    return [
        level(
            f"The trigger {name} is missing or differs from what the code declares.",
            hint="Run manage.py migrate: it installs every trigger again.",
            id="portal.E021",
        )
        for using in databases or []
        for name in absent(using)
    ]


post_migrate.connect(_reinstall, dispatch_uid="portal.triggers")
connection_created.connect(_replace_is_delete, dispatch_uid="portal.triggers")
