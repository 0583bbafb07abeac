"""What an acceptance is worth: which text, which person, once, and until it is withdrawn."""

import pytest
from django.db import DatabaseError, connection, transaction

from portal import agreements
from portal.agreements.models import Acceptance, AcceptanceDetail, State
from portal.agreements.publishing import TextChanged, end
from portal.agreements.refusals import (
    AnswersMissing,
    NonceSpent,
    NotAccepted,
    NothingToWithdraw,
    StaleText,
)
from portal.agreements.room import commitment
from portal.errors import Invalid
from portal.events.models import Event
from tests.factories import OrganisationFactory
from tests.support import documents

pytestmark = pytest.mark.django_db


def test_nothing_is_outstanding_where_there_are_no_documents(maker):
    assert agreements.outstanding(maker) == []


def test_both_site_documents_are_outstanding_until_each_is_accepted(maker):
    terms, norms = documents.site_documents()
    assert set(agreements.outstanding(maker)) == {terms, norms}
    documents.accepted(maker, terms)
    assert agreements.outstanding(maker) == [norms]
    documents.accepted(maker, norms)
    assert agreements.outstanding(maker) == []
    agreements.require_site_documents(maker)


def test_outstanding_is_one_query(maker, django_assert_num_queries):
    documents.site_documents()
    with django_assert_num_queries(1):
        agreements.outstanding(maker)


def test_the_refusal_names_the_text_and_where_to_accept_it(maker):
    terms, _norms = documents.site_documents()
    with pytest.raises(NotAccepted) as refusal:
        agreements.require_site_documents(maker)
    assert refusal.value.code == "AgreementRequired"
    assert refusal.value.context["sha256"] == terms.texts.get(language="en").sha256
    assert refusal.value.context["version"] == "1"
    assert refusal.value.context["url"].endswith(terms.accept_url)


def test_an_acceptance_binds_the_exact_text_in_its_language(reader_zh):
    version = documents.version()
    row = documents.accepted(reader_zh, version, language="zh")
    assert row.text_sha256 == version.texts.get(language="zh").sha256
    assert agreements.has_accepted(reader_zh, version)


def test_another_text_than_the_versions_is_refused(maker):
    version = documents.version()
    chinese = version.texts.get(language="zh")
    for language, sha256 in (("en", "0" * 64), ("en", chinese.sha256), ("fr", chinese.sha256)):
        with pytest.raises(StaleText):
            agreements.accept(maker, version, language=language, text_sha256=sha256)
    assert not Acceptance.objects.exists()


def test_a_newer_version_asks_again_and_the_older_cannot_be_accepted_any_more(maker, voter):
    first = documents.version("1")
    documents.accepted(maker, first)
    second = documents.version("2")
    assert agreements.outstanding(maker, [second.document]) == [second]
    with pytest.raises(StaleText):
        documents.accepted(voter, first)


def test_accepting_twice_is_one_acceptance(maker):
    version = documents.version()
    assert documents.accepted(maker, version) == documents.accepted(maker, version)
    assert Acceptance.objects.count() == 1


def test_withdrawing_is_a_new_row_and_holds_at_once(maker):
    version = documents.version()
    row = documents.accepted(maker, version)
    ended = agreements.withdraw(maker, row)
    assert ended.withdraws == row
    assert not agreements.has_accepted(maker, version)
    with pytest.raises(NothingToWithdraw):
        agreements.withdraw(maker, row)
    again = documents.accepted(maker, version)
    assert again.pk != row.pk
    assert agreements.has_accepted(maker, version)


def test_nobody_withdraws_for_somebody_else(maker, outsider):
    row = documents.accepted(maker, documents.version())
    with pytest.raises(NothingToWithdraw):
        agreements.withdraw(outsider, row)
    assert agreements.has_accepted(maker, row.version)


@pytest.mark.db
def test_a_nonce_is_good_for_one_acceptance(maker, voter):
    version = documents.version()
    row = documents.accepted(maker, version, nonce="n" * 32)
    agreements.withdraw(maker, row)
    events_before = Event.objects.count()
    for person in (maker, voter):
        with pytest.raises(NonceSpent):
            documents.accepted(person, version, nonce="n" * 32)
    assert Event.objects.count() == events_before


# --- the record -----------------------------------------------------------------------------------
def test_the_leaf_commits_to_the_record_and_names_nobody(maker):
    row = documents.accepted(maker, documents.version())
    event = Event.objects.get(kind="portal:agreement:accepted")
    assert event.body["record_commitment"] == commitment(row.salt, row.record())
    assert event.actor is None
    assert maker.opaque not in str(event.body)
    assert maker.username not in str(event.body)


def test_surroundings_and_answers_can_be_erased_and_the_row_stays_provable(maker):
    around = {"ip_prefix": "192.0.2.0/24", "ua_family": "Firefox 140"}
    row = documents.accepted(maker, documents.version(), surroundings=around)
    detail = AcceptanceDetail.objects.get(acceptance=row)
    assert detail.details == around
    assert row.detail_commitment == commitment(detail.salt, around)
    detail.delete()
    row = Acceptance.objects.get(pk=row.pk)
    assert row.event.body["record_commitment"] == commitment(row.salt, row.record())
    assert "192.0.2" not in str(row.record())


@pytest.mark.db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE portal_acceptance SET purpose = 'commercial'",
        "UPDATE portal_acceptance SET text_sha256 = 'x'",
        "DELETE FROM portal_acceptance",
        "UPDATE portal_documenttext SET text = 'other'",
        "DELETE FROM portal_documenttext",
        "UPDATE portal_documentversion SET number = '9'",
        "UPDATE portal_acceptancedetail SET details = '{}'",
    ],
)
def test_the_database_refuses_to_change_what_was_agreed(maker, change):
    row = documents.accepted(maker, documents.version(), surroundings={"ip_prefix": "x"})
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert Acceptance.objects.get().record() == row.record()


@pytest.mark.db
def test_a_version_that_ended_does_not_come_back(maker):
    version = documents.version()
    end(version, State.WITHDRAWN)
    version.state, version.ended_at = State.CURRENT, None
    with pytest.raises(DatabaseError, match="does not come back"), transaction.atomic():
        version.save(update_fields=["state", "ended_at"])


@pytest.mark.db
def test_one_version_of_a_document_is_in_force():
    versions = [documents.version("1"), documents.version("2"), documents.version("3")]
    states = [v.document.versions.get(pk=v.pk).state for v in versions]
    assert states == [State.SUPERSEDED, State.SUPERSEDED, State.CURRENT]


def test_publishing_the_same_again_changes_nothing_and_another_text_is_refused():
    version = documents.version("1", en="One.")
    assert documents.version("1", en="One.") == version
    with pytest.raises(TextChanged):
        documents.version("1", en="Two.")
    with pytest.raises(Invalid):
        documents.version("2", en="  ")


# --- licences -------------------------------------------------------------------------------------
@pytest.fixture
def licence(database):
    return documents.demo_licence(OrganisationFactory(handle="openweights"))


def test_a_licence_asks_for_the_purpose(maker, licence):
    with pytest.raises(Invalid):
        documents.accepted(maker, licence.document_version)
    row = documents.accepted(maker, licence.document_version, purpose="research")
    assert (row.purpose, row.questionnaire) == ("research", "")


def test_commercial_use_asks_the_questionnaire(maker, licence):
    version = licence.document_version
    with pytest.raises(AnswersMissing) as refusal:
        documents.accepted(maker, version, purpose="commercial", answers={"size": "many"})
    assert set(refusal.value.context["fields"]) == set(documents.COMMERCIAL)
    row = documents.accepted(maker, version, purpose="commercial", answers=documents.COMMERCIAL)
    assert row.questionnaire == "commonhold-demo-commercial@1"
    assert row.detail.details["answers"] == documents.COMMERCIAL
    assert "Example GmbH" not in str(row.record())


def test_each_purpose_is_an_acceptance_of_its_own(maker, licence):
    version = licence.document_version
    documents.accepted(maker, version, purpose="research")
    assert not agreements.has_accepted(maker, version, purpose="commercial")
    documents.accepted(maker, version, purpose="commercial", answers=documents.COMMERCIAL)
    assert agreements.has_accepted(maker, version, purpose="commercial")
    assert Acceptance.objects.standing().count() == 2


def test_the_repo_it_was_asked_for_is_kept(maker, licence):
    scope = {"repo": "maker/mini", "base_chain": ["openweights/mini"], "relation": "finetune"}
    row = documents.accepted(maker, licence.document_version, purpose="research", scope=scope)
    assert row.record()["scope"] == scope
