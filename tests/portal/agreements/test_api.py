"""Accepting without a browser: two steps, a nonce for one person, and a token made for it."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from portal import agreements, tokens
from portal.agreements.api import STATEMENT
from portal.agreements.models import Acceptance
from portal.clock import shifted
from portal.tokens.scopes import Scopes
from tests.support import documents

pytestmark = pytest.mark.django_db
TERMS = "/api/v1/agreements/house-rules/terms"
ACCEPT = "/api/v1/agreements/house-rules/accept"


@pytest.fixture
def version(database):
    return documents.version()


@pytest.fixture
def caller():
    """`caller(person, role, scopes)`: an API client with a token of that kind."""

    def made(person, role="fineGrained", scopes=("agreements:accept",)):
        kept = Scopes(frozenset(scopes)) if role == "fineGrained" else None
        _token, secret = tokens.issue(person, name="test", role=role, scopes=kept)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return made


def statement(offer: dict, **changes) -> dict:
    return {"sha256": offer["sha256"], "nonce": offer["nonce"], "statement": STATEMENT} | changes


def test_two_steps_accept_the_text_that_was_read(maker, caller, version):
    api = caller(maker)
    offer = api.get(TERMS + "?language=zh").json()
    assert offer["text"] == version.texts.get(language="zh").text
    answer = api.post(ACCEPT, statement(offer), format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["record"]["language"] == "zh"
    row = Acceptance.objects.get()
    assert (row.auth_method, row.text_sha256) == ("token", offer["sha256"])


@pytest.mark.parametrize("role", ["read", "write"])
def test_an_ordinary_token_reads_but_cannot_accept(maker, caller, version, role):
    api = caller(maker, role)
    offer = api.get(TERMS).json()
    assert offer["nonce"] is None
    answer = api.post(ACCEPT, statement(offer, nonce="x"), format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "AcceptanceNeedsScope")
    assert not Acceptance.objects.exists()


def test_a_token_with_other_scopes_cannot_accept(maker, caller, version):
    api = caller(maker, scopes=("repo.write", "person.write"))
    answer = api.post(ACCEPT, statement({"sha256": "x", "nonce": "x"}), format="json")
    assert answer.status_code == 403


def test_nobody_in_particular_reads_and_cannot_accept(version):
    api = APIClient()
    assert api.get(TERMS).json()["nonce"] is None
    assert api.post(ACCEPT, {}, format="json").status_code == 401


def test_a_wrong_hash_is_a_conflict(maker, caller, version):
    api = caller(maker)
    offer = api.get(TERMS).json()
    answer = api.post(ACCEPT, statement(offer, sha256="0" * 64), format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "StaleText")


def test_a_text_that_was_replaced_meanwhile_is_a_conflict(maker, caller, version):
    api = caller(maker)
    offer = api.get(TERMS).json()
    documents.version("2")
    assert api.post(ACCEPT, statement(offer), format="json").status_code == 409
    assert not Acceptance.objects.exists()


@pytest.mark.db
def test_the_nonce_is_bound_to_its_person_and_dies_after_half_an_hour(
    maker, outsider, caller, version
):
    offer = caller(maker).get(TERMS).json()
    assert caller(outsider).post(ACCEPT, statement(offer), format="json").status_code == 409
    with shifted(dt.timedelta(minutes=31)):
        assert caller(maker).post(ACCEPT, statement(offer), format="json").status_code == 409
    assert caller(maker).post(ACCEPT, statement(offer), format="json").status_code == 201


@pytest.mark.db
def test_the_nonce_cannot_bring_back_what_was_withdrawn(maker, caller, version):
    api = caller(maker)
    offer = api.get(TERMS).json()
    api.post(ACCEPT, statement(offer), format="json")
    agreements.withdraw(maker, Acceptance.objects.get())
    answer = api.post(ACCEPT, statement(offer), format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "NonceSpent")
    assert not agreements.has_accepted(maker, version)


def test_the_statement_is_part_of_the_act(maker, caller, version):
    api = caller(maker)
    offer = api.get(TERMS).json()
    answer = api.post(ACCEPT, statement(offer, statement="ok"), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "BadStatement")


@pytest.mark.parametrize("body", [[], "x", {"nonce": 7}, {"nonce": "x", "sha256": ["a"]}])
def test_bad_input_is_told_what_is_wrong(maker, caller, version, body):
    assert caller(maker).post(ACCEPT, body, format="json").status_code == 400


def test_a_document_that_is_not_there(caller, maker):
    assert caller(maker).get("/api/v1/agreements/nothing/terms").status_code == 404
