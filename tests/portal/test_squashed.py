"""Portals that were filled before the migrations of each app became one go on as they are."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.people.models import Person
from tests.factories import PersonFactory

OURS = ("portal", "governance", "models_registry", "finetuning")


@pytest.fixture
def filled_before(committed_db):
    """A database whose history is that of the migrations which are gone."""
    recorder = MigrationRecorder(connection)
    squashed = MigrationLoader(connection, replace_migrations=False).disk_migrations
    for (app, name), migration in squashed.items():
        if app in OURS and migration.replaces:
            recorder.record_unapplied(app, name)
            for before in migration.replaces:
                recorder.record_applied(*before)
    return recorder


@pytest.mark.db
def test_nothing_is_made_again(filled_before):
    PersonFactory(username="ann")
    call_command("migrate", verbosity=0, interactive=False)
    assert {app for app, name in filled_before.applied_migrations() if name == "0001_schema"} == {
        *OURS
    }
    assert Person.objects.get().username == "ann"


@pytest.mark.db
def test_one_that_was_left_between_them_is_refused(filled_before):
    filled_before.record_unapplied("governance", "0006_votes_again")
    with pytest.raises(SystemCheckError, match="governance 0001_schema replaces"):
        call_command("migrate", verbosity=0, interactive=False, skip_checks=False)
