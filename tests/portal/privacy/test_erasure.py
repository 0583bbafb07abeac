"""Erasing: who it was goes, what was agreed stays provable, and a restore cannot bring it back."""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from portal import search, tokens
from portal.access import Actor
from portal.agreements.models import Acceptance, AcceptanceDetail
from portal.agreements.room import commitment
from portal.events import sequencer, verification
from portal.events.models import EventDetail, LogLeaf
from portal.notices.models import Notice, NoticeChoice
from portal.organisations.models import Role
from portal.people.models import Person
from portal.privacy import archives, erasing
from portal.privacy.models import Erasure
from tests.factories import PASSWORD, MembershipFactory, OrganisationFactory
from tests.support import documents

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    settings.DATA_DIR = tmp_path


def everything_stored() -> str:
    """Return every text and JSON value of every table of ours, as one text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("portal_searchwords"):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_tells_who_it_was_any_more(maker, sign_in):
    maker.display_name, maker.bio = "Mira Makerson", "I live in Examplecity."
    maker.save()
    documents.accepted(
        maker, documents.version(), surroundings={"ip_prefix": "198.51.100.0/24", "ua_family": "X"}
    )
    tokens.issue(maker, name="miras-laptop", role="read")
    archives.ask(maker)
    erasing.erase(maker, by=maker)
    stored = everything_stored()
    for told in ("maker@example.org", "Makerson", "Examplecity", "198.51.100", "miras-laptop"):
        assert told not in stored, told


def test_the_proof_of_what_was_agreed_stays_without_the_name(maker):
    row = documents.accepted(maker, documents.version(), surroundings={"ip_prefix": "x"})
    opaque = maker.opaque
    erasing.erase(maker, by=maker)
    row = Acceptance.objects.get(pk=row.pk)
    assert row.person_opaque == opaque
    assert row.event.body["record_commitment"] == commitment(row.salt, row.record())
    assert not AcceptanceDetail.objects.exists()


def test_the_log_verifies_after_an_erasure_and_its_leaf_names_nobody(maker, settings):
    settings.SECRETS_DIR = settings.DATA_DIR / "secrets"
    row = documents.accepted(maker, documents.version(), surroundings={"ip_prefix": "192.0.2.0/24"})
    sequencer.sequence()
    before = verification.verify()
    erasing.erase(maker, by=maker)
    sequencer.sequence()
    after = verification.verify()
    assert (before.findings, after.findings) == ([], [])
    leaf = LogLeaf.objects.get(event=row.event)
    said = str(row.event.body) + row.event.subject + str(leaf.digest)
    assert maker.opaque not in said and "192.0.2" not in said


def test_every_part_forgets(maker, outsider):
    tokens.issue(maker, name="a", role="read")
    tokens.issue(outsider, name="b", role="read")
    NoticeChoice.objects.create(person=maker, kind="archive_ready")
    erasing.erase(maker, by=maker)
    assert not EventDetail.objects.filter(event__actor=maker).exists()
    assert EventDetail.objects.filter(event__actor=outsider).exists()
    assert not Notice.objects.filter(person=maker).exists()
    assert not NoticeChoice.objects.exists()
    assert search.find(Actor(), "maker").entries == []
    assert Person.objects.get(pk=maker.pk).is_erased


def test_erased_twice_is_erased_once(maker):
    erasing.erase(maker, by=maker)
    erasing.erase(Person.objects.get(pk=maker.pk), by=None)
    assert Erasure.objects.count() == 1


def test_the_last_owner_hands_over_first(maker, outsider):
    lab = OrganisationFactory(handle="lab")
    MembershipFactory(organisation=lab, person=maker, role=Role.OWNER)
    other = MembershipFactory(organisation=lab, person=outsider, role=Role.MEMBER)
    with pytest.raises(erasing.LastOwner, match="lab"):
        erasing.erase(maker, by=maker)
    assert not Person.objects.get(pk=maker.pk).is_erased
    other.role = Role.OWNER
    other.save()
    erasing.erase(maker, by=maker)
    assert Person.objects.get(pk=maker.pk).is_erased


def test_an_operator_hands_over_first(admin):
    with pytest.raises(erasing.OperatorStays):
        erasing.erase(admin, by=admin)


@pytest.mark.db
@pytest.mark.parametrize(
    "change", ["DELETE FROM portal_erasure", "UPDATE portal_erasure SET opaque = 'x'"]
)
def test_that_somebody_was_erased_cannot_be_unwritten(maker, change):
    erasing.erase(maker, by=maker)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


# --- after a restore ----------------------------------------------------------------------------
def test_a_restored_copy_forgets_again_whom_the_list_names(maker, outsider, capsys):
    erasing.list_file().write_text(json.dumps({"opaque": maker.opaque, "at": "2026-01-01"}) + "\n")
    call_command("reapply_erasures")
    assert "1 erased again" in capsys.readouterr().out
    assert Person.objects.get(pk=maker.pk).is_erased
    assert not Person.objects.get(pk=outsider.pk).is_erased
    assert Erasure.objects.get().reason == "reapplied"


def test_the_list_outside_the_database_names_numbers_only(
    maker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(maker, by=maker)
    assert erasing.listed() == [maker.opaque]
    assert "maker" not in erasing.list_file().read_text()
    assert erasing.keep_outside() == 0


# --- the page -----------------------------------------------------------------------------------
def test_erasing_in_the_browser_asks_for_handle_and_password(maker, sign_in):
    browser = sign_in(maker)
    address = reverse("erase_account")
    assert browser.get(address).status_code == 200
    for wrong in ({}, {"handle": "maker"}, {"handle": "maker", "password": "no"},
                  {"handle": "outsider", "password": PASSWORD}):  # fmt: skip
        assert browser.post(address, wrong).status_code == 400
    assert not Person.objects.get(pk=maker.pk).is_erased
    done = browser.post(address, {"handle": "Maker", "password": PASSWORD})
    assert done.status_code == 200
    assert Person.objects.get(pk=maker.pk).is_erased
    assert browser.get(reverse("settings_privacy")).status_code == 302


def test_erasing_needs_no_agreement(maker, sign_in):
    documents.site_documents()
    sent = {"handle": "maker", "password": PASSWORD}
    assert sign_in(maker).post(reverse("erase_account"), sent).status_code == 200
