"""System checks of the whole, and what the doctor asks."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import checks
from django.test import override_settings

from portal import clock, jobs
from portal.events import keys
from portal.site import checks as site_checks
from portal.site import diagnosis
from portal.site.launch.places import ROOT

PUBLIC = "https://models.example.org"


def ids(check: Callable[[None], list[checks.CheckMessage]]) -> list[str | None]:
    return [message.id for message in check(None)]


def test_a_data_folder_that_others_may_enter_is_refused(tmp_path):
    with override_settings(DATA_DIR=tmp_path):
        tmp_path.chmod(0o700)
        assert ids(site_checks.data_folder_is_private) == []
        tmp_path.chmod(0o750)
        assert ids(site_checks.data_folder_is_private) == ["portal.E001"]


@pytest.mark.parametrize(
    ("check", "settings", "found"),
    [
        ("public_sites_are_encrypted", {"PUBLIC_URL": "http://a.org", "HTTPS": False}, "E002"),
        ("public_sites_are_encrypted", {"PUBLIC_URL": PUBLIC, "HTTPS": True}, None),
        ("public_sites_do_not_debug", {"PUBLIC_URL": PUBLIC, "DEBUG": True}, "E003"),
        ("public_sites_do_not_debug", {"PUBLIC_URL": "http://localhost:1", "DEBUG": True}, None),
        (
            "content_has_a_host_of_its_own",
            {"PUBLIC_URL": PUBLIC, "CONTENT_URL": f"{PUBLIC}:8001"},
            "W001",
        ),
        (
            "content_has_a_host_of_its_own",
            {"PUBLIC_URL": PUBLIC, "CONTENT_URL": "https://content.example.org"},
            None,
        ),
        ("mail_reaches_people", {"PUBLIC_URL": PUBLIC}, "W002"),
    ],
)
def test_a_public_site_is_held_to_more(check, settings, found, monkeypatch):
    monkeypatch.delenv("EMAIL_URL", raising=False)
    with override_settings(**settings):
        expected = [] if found is None else [f"portal.{found}"]
        assert ids(getattr(site_checks, check)) == expected


@pytest.mark.parametrize("broker", ["sqla+sqlite:///queue.db", "filesystem://"])
def test_a_broker_of_files_is_refused_at_start_with_the_reason(broker, tmp_path):
    """The worker itself, not only the check: it must not come up."""
    env = {"COMMONHOLD_BROKER_URL": broker, "COMMONHOLD_DATA": str(tmp_path)}
    env |= {"DJANGO_SETTINGS_MODULE": "portal.site.settings", "PATH": "/usr/bin:/bin"}
    words = [sys.executable, "-m", "celery", "-A", "portal.site.celery", "worker"]
    done = subprocess.run(
        words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "never gives back those of a worker that was killed" in done.stderr


# --- the doctor -------------------------------------------------------------------------------
def wrong(found) -> list[str]:
    return [finding.part for finding in found if finding.remedy]


@pytest.mark.db
def test_the_doctor_finds_a_migrated_database_in_order(committed_db):
    assert wrong(diagnosis.database()) == []


def test_the_doctor_names_an_absent_broker():
    with override_settings(BROKER_URL="redis+socket:///nowhere/valkey.sock"):
        (found,) = diagnosis.broker()
    assert found.part == "broker"
    assert "./commonhold up" in found.remedy


def test_the_doctor_hears_a_real_broker(broker: str):
    with override_settings(BROKER_URL=broker):
        (found,) = diagnosis.broker()
    assert found.remedy == "", found


@pytest.mark.db
def test_the_doctor_sees_clocks_that_differ(db):
    assert wrong(diagnosis.clock()) == []
    with clock.shifted(timedelta(minutes=1)):
        assert wrong(diagnosis.clock()) == ["clock"]


@pytest.mark.db
def test_the_doctor_sees_jobs_that_nobody_takes(db):
    jobs.enqueue("portal.events.jobs.append_to_log", "waits", {})
    assert wrong(diagnosis.jobs()) == []
    with clock.shifted(timedelta(minutes=3)):
        (found,) = diagnosis.jobs()
    assert "1 jobs have waited" in found.text
    assert found.remedy


def test_the_doctor_misses_a_lost_log_key(db):
    key = keys.current()
    assert wrong(diagnosis.log_key()) == []
    keys.key_file(key.key_id).rename(keys.key_file(key.key_id).with_suffix(".away"))
    (found,) = diagnosis.log_key()
    assert "backup" in found.remedy


def test_the_doctor_hears_that_a_mail_server_is_away():
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=9):
        assert wrong(diagnosis.mails()) == ["mail"]


@pytest.mark.db
def test_the_doctor_names_a_missing_trigger(committed_db):
    from django.db import connection

    from portal import triggers

    assert triggers.absent() == []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1")
            (name,) = cursor.fetchone()
            cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
                "WHERE NOT tgisinternal LIMIT 1"
            )
            name, table = cursor.fetchone()
            cursor.execute(f'DROP TRIGGER "{name}" ON {table}')
    found = [finding.text for finding in diagnosis.system_checks()]
    assert any(name in text for text in found)
