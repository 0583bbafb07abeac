"""The registry of triggers: installed, named when missing, back after a migration."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from portal import triggers
from portal.events.models import Event
from tests.factories import EventFactory

pytestmark = pytest.mark.db
NAME = "portal_event_keeps_rows"


def drop() -> None:
    of = ' ON "portal_event"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{NAME}"{of}')


def test_migrate_installed_every_declared_trigger(db):
    assert triggers.absent() == []


def test_a_missing_trigger_is_named_by_the_check_and_put_back(db):
    drop()
    assert triggers.absent() == [NAME]
    found = triggers.triggers_in_place(None, ["default"])
    assert [check.id for check in found] == ["portal.E021"]
    assert NAME in found[0].msg
    triggers.install()
    assert triggers.absent() == []


def test_migrate_puts_a_missing_trigger_back(committed_db):
    drop()
    call_command("migrate", verbosity=0)
    assert triggers.absent() == []


def test_the_check_does_not_bar_the_migration_that_would_mend(db, monkeypatch):
    drop()
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])
    assert not triggers.triggers_in_place(None, ["default"])[0].is_serious()


def test_raw_sql_is_refused_too(db):
    event = EventFactory()
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE portal_event SET kind = 'x' WHERE id = %s", [event.pk])
    assert Event.objects.get().kind == event.kind


def test_an_insert_cannot_replace_a_row(db):
    event = EventFactory()
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has INSERT OR REPLACE")
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO portal_event (id, uuid, kind, actor_opaque, subject, body, "
            "detail_commitment, at) VALUES (%s, 'u', 'x', '', '', '{}', '', '2020-01-01')",
            [event.pk],
        )


def test_truncate_is_refused(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE portal_event CASCADE")
