"""Whoever writes has accepted the site's documents; reading asks for nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import tokens
from portal.access import Actor, decide
from portal.agreements import NotAccepted
from portal.organisations.models import Role
from tests.factories import MembershipFactory, OrganisationFactory
from tests.support import documents

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(maker):
    organisation = OrganisationFactory(handle="lab")
    MembershipFactory(organisation=organisation, person=maker, role=Role.OWNER)
    return organisation


def test_writing_waits_for_terms_and_norms_and_reading_does_not(maker, lab):
    terms, norms = documents.site_documents()
    actor = Actor(maker)
    assert decide(actor, "see", lab)
    refusal = decide(actor, "edit", lab).refusal
    assert isinstance(refusal, NotAccepted)
    assert refusal.version == terms
    documents.accepted(maker, terms)
    assert decide(actor, "edit", lab).refusal.version == norms
    documents.accepted(maker, norms)
    assert decide(actor, "edit", lab)


def test_a_refused_form_over_the_api_says_where_to_accept(maker, sign_in, lab):
    terms, _norms = documents.site_documents()
    answer = decide(Actor(maker), "edit", lab).refusal
    assert answer.context["url"].endswith(terms.accept_url)
    assert answer.location == terms.accept_url
    assert "sha256" in answer.context


@pytest.mark.parametrize("credential", ["session", "token"])
def test_a_program_is_told_by_fields_what_to_accept(maker, sign_in, client, credential):
    """Not only in a sentence: which text, in which version, by its hash, and where."""
    terms, _norms = documents.site_documents()
    browser, headers = sign_in(maker), {}
    if credential == "token":
        _token, secret = tokens.issue(maker, name="t", role="write")
        browser, headers = client, {"authorization": f"Bearer {secret}"}
    answer = browser.patch(
        "/api/v1/me", {"about": "x"}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 403
    said = answer.json()
    assert said["code"] == "AgreementRequired"
    assert (said["document"], said["version"]) == ("site-terms", terms.number)
    assert said["sha256"] in {text.sha256 for text in terms.texts.all()}
    assert said["url"].endswith(terms.accept_url) and said["url"] in said["error"]
    maker.refresh_from_db()
    assert maker.bio == ""


def test_a_stranger_learns_of_roles_first(outsider, lab):
    documents.site_documents()
    refusal = decide(Actor(outsider), "edit", lab).refusal
    assert not isinstance(refusal, NotAccepted)


def test_the_question_is_asked_once_for_a_request(maker, lab):
    documents.site_documents()
    with CaptureQueriesContext(connection) as asked:
        for _number in range(4):
            decide(Actor(maker), "edit", lab)
    assert len([query for query in asked if "portal_acceptance" in query["sql"]]) == 1


def test_a_signed_in_reader_is_told_what_waits(maker, sign_in, client):
    documents.site_documents()
    assert "waits for you" in sign_in(maker).get("/policies").content.decode()
    assert "waits for you" not in client.get("/policies").content.decode()
