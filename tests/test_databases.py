"""The test databases themselves: what other tests rely on."""

import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

from portal.people.models import Person
from tests.factories import PersonFactory


def test_the_cast_has_verified_addresses(admin, moderator, maker, voter, reader_zh, outsider):
    from allauth.account.models import EmailAddress

    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 6
    assert {person.username for person in Person.objects.all()} == {
        "admin", "moderator", "maker", "voter", "reader_zh", "outsider",
    }  # fmt: skip


def test_a_rolled_back_test_leaves_nothing_behind(db):
    assert not Person.objects.exists()


def test_sqlite_runs_on_a_file(db):
    if connection.vendor == "sqlite":
        assert str(connection.settings_dict["NAME"]).endswith(".sqlite3")


@pytest.mark.db
@pytest.mark.parametrize("again", [1, 2])
def test_a_committed_database_is_fresh_and_seen_by_threads(committed_db, maker, again):
    assert transaction.get_connection().in_atomic_block is False
    seen: list[int] = []

    def look() -> None:
        seen.append(Person.objects.count())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


@pytest.mark.db
def test_another_process_works_on_the_committed_database(committed_db):
    PersonFactory(username="elsewhere")
    code = (
        "import django; django.setup();"
        "from portal.people.models import Person; print(Person.objects.get().username)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env=committed_db.env, capture_output=True, text=True
    )
    assert answer.stdout.strip() == "elsewhere", answer.stderr


def test_signing_in_gives_a_session(client, sign_in, maker):
    assert sign_in(maker).get("/").status_code == 200
