"""Licences as data: their texts are the real ones, their terms say what the texts say."""

import hashlib
import json
import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from portal import licences, policies
from portal.agreements.library import TEXTS, TITLES, read
from portal.agreements.models import Document, DocumentVersion, State
from portal.agreements.publishing import Text, TextChanged, end
from portal.events.models import Event
from portal.licences import library, publishing
from portal.licences.glance import glance
from portal.licences.models import Licence, LicenceVersion
from portal.licences.policies import is_allowed
from portal.licences.terms import BadTerms, Terms
from portal.policies import changing
from tests.factories import OrganisationFactory
from tests.support import documents

pytestmark = pytest.mark.django_db
# of https://www.apache.org/licenses/LICENSE-2.0.txt
APACHE_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
CLAUSE = re.compile(r"^## ([A-Z]\d+) |^- \*\*([A-Z]\d+\.\d+)\*\* ", re.M)


@pytest.fixture
def licensor(database):
    return OrganisationFactory(handle="openweights")


# --- texts --------------------------------------------------------------------------------------
def test_apache_is_the_foundations_text_byte_for_byte():
    text = read("apache-2.0", library.APACHE_TITLES)["en"].text
    assert hashlib.sha256(text.encode()).hexdigest() == APACHE_SHA256


@pytest.mark.parametrize("name", ["site-terms", "community-norms", "commonhold-demo"])
def test_both_languages_have_the_same_clauses_in_the_same_order(name):
    titles = TITLES.get(name, library.DEMO_TITLES)
    clauses = {
        language: [a or b for a, b in CLAUSE.findall(text.text)]
        for language, text in read(name, titles).items()
    }
    assert set(clauses) == {"en", "zh"}
    assert clauses["en"] == clauses["zh"]
    assert len(clauses["en"]) == len(set(clauses["en"])) > 10


def test_every_clause_stands_on_a_line_of_its_own():
    for path in TEXTS.glob("*.md"):
        text = path.read_text()
        assert len(re.findall(r"\*\*[A-Z]\d+\.\d+\*\*", text)) == len(
            re.findall(r"^- \*\*[A-Z]\d+\.\d+\*\* ", text, re.M)
        )


def test_loading_the_documents_twice_changes_nothing():
    call_command("prepare")
    before = list(DocumentVersion.objects.values()), Event.objects.count()
    call_command("prepare")
    assert (list(DocumentVersion.objects.values()), Event.objects.count()) == before
    assert set(Document.objects.values_list("slug", flat=True)) == {
        "site-terms",
        "community-norms",
        "apache-2.0",
        "mit",
    }


# --- finding a licence --------------------------------------------------------------------------
def test_a_licence_is_found_by_what_a_model_card_calls_it(licensor):
    documents.open_licences()
    demo = documents.demo_licence(licensor)
    assert licences.for_id("apache-2.0").licence.slug == "apache-2.0"
    assert licences.for_id(" MIT ").licence.slug == "mit"
    assert licences.for_id("commonhold-demo") == demo
    assert licences.for_id("commonhold-demo@1") == demo
    assert licences.for_id("commonhold-demo@2") is None
    assert licences.for_id("other") is None


def test_open_licences_ask_nobody_and_the_demo_licence_asks_everybody(licensor):
    assert [version.asks for version in documents.open_licences()] == [False, False]
    assert documents.demo_licence(licensor).asks


def test_a_new_version_becomes_the_one_in_force(licensor):
    first = documents.demo_licence(licensor)
    second = another_version(licensor, "2", "New text.")
    assert licences.for_id("commonhold-demo") == second
    assert licences.for_id("commonhold-demo@1") == first
    end(second.document_version, State.WITHDRAWN)
    assert licences.for_id("commonhold-demo") is None


def another_version(licensor, number: str, text: str, terms=None) -> LicenceVersion:
    family = publishing.Family("commonhold-demo", "Demo")
    return publishing.publish(
        family,
        number,
        {"en": Text("Demo", text), "zh": Text("演示", text)},
        terms or library.COMMONHOLD_DEMO,
        licensor=licensor,
    )


# --- terms --------------------------------------------------------------------------------------
def test_the_demo_licences_terms_say_what_its_text_says():
    terms = Terms.parse(library.COMMONHOLD_DEMO)
    assert terms.permits.research == "yes"
    assert terms.permits.commercial == "after_registration"
    assert terms.purposes() == ("research", "commercial")
    assert terms.restrictions() == {"commonhold-demo-r1"}
    assert (terms.sublicensable, terms.revocable) == (False, True)
    assert terms.derivative_rule == "same_family"
    assert [q.name for q in terms.gate.questionnaire.questions] == list(documents.COMMERCIAL)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"permits": {}},
        library.OPEN | {"derivative_rule": "whatever"},
        library.OPEN | {"gate": {"click": "maybe"}},
        library.OPEN | {"permits": library.OPEN["permits"] | {"commercial": "perhaps"}},
        library.OPEN | {"obligations": [{"what": "carry_text"}]},
        library.OPEN | {"surprise": 1},
        library.OPEN | {"naming": {"suffix": "x"}},
    ],
)
def test_terms_that_do_not_parse_are_not_published(licensor, broken):
    with pytest.raises(BadTerms):
        another_version(licensor, "9", "x", broken or {"x": 1})
    assert not Document.objects.exists()


def test_terms_of_a_published_version_never_change(licensor):
    documents.demo_licence(licensor)
    texts = read("commonhold-demo", library.DEMO_TITLES)
    family = publishing.Family("commonhold-demo", "Demo")
    with pytest.raises(TextChanged):
        publishing.publish(family, "1", texts, library.OPEN, licensor=licensor)


@pytest.mark.db
def test_the_database_keeps_terms_and_knows_who_speaks_for_a_licence(licensor):
    version = documents.demo_licence(licensor)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE portal_licenceversion SET terms = '{}'")
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.filter(pk=version.licence_id).update(licensor=None)


def test_a_glance_names_every_duty():
    shown = glance(Terms.parse(library.COMMONHOLD_DEMO))
    assert [str(point.answer) for point in shown.points][:2] == ["yes", "after registration"]
    assert len(shown.duties) == 6


# --- what the community may decide --------------------------------------------------------------
def test_the_community_can_narrow_the_licences_of_new_repos():
    assert is_allowed("anything")
    changing.enact({"licences.allowed": ["mit"]}, cause="proposal:1", reason="Simple.")
    assert (is_allowed("mit"), is_allowed("apache-2.0")) == (True, False)
    assert policies.value("licences.allowed") == ["mit"]


# --- pages --------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_text_hash_terms_and_licensor(client, licensor, language):
    documents.demo_licence(licensor)
    page = client.get(
        reverse("licence", args=["commonhold-demo", "1"]), headers={"Accept-Language": language}
    )
    body = page.content.decode()
    text = DocumentVersion.objects.get().texts.get(language=language[:2])
    assert text.sha256 in body
    assert "openweights" in body
    assert reverse("agree_one", args=["commonhold-demo", "1"]) in body


def test_the_exact_bytes_can_be_fetched_and_hashed(client, licensor):
    version = documents.demo_licence(licensor).document_version
    for text in version.texts.all():
        address = reverse("licence_text", args=["commonhold-demo", "1", text.language])
        assert hashlib.sha256(client.get(address).content).hexdigest() == text.sha256
    assert (
        client.get(reverse("licence_text", args=["commonhold-demo", "1", "fr"])).status_code == 404
    )


def test_terms_are_given_as_data(client, licensor):
    documents.demo_licence(licensor)
    answer = client.get(reverse("licence_terms", args=["commonhold-demo", "1"]))
    assert json.loads(answer.content)["terms"] == library.COMMONHOLD_DEMO


def test_the_newest_version_answers_to_the_short_address(client, licensor):
    documents.demo_licence(licensor)
    another_version(licensor, "2", "Other.")
    assert client.get("/licences/commonhold-demo/").url.endswith("/commonhold-demo/2/")
    assert client.get("/licences/nothing/").status_code == 404
    assert client.get("/licences/commonhold-demo/9/").status_code == 404
    old = client.get("/licences/commonhold-demo/2/?against=1")
    assert any(change.kind == "added" for change in old.context["changes"])


def test_list_and_page_keep_their_ceilings(client, licensor, django_assert_max_num_queries):
    documents.open_licences()
    documents.demo_licence(licensor)
    with django_assert_max_num_queries(8):
        assert len(client.get(reverse("licences")).context["versions"]) == 3
    with django_assert_max_num_queries(8):
        client.get(reverse("licence", args=["commonhold-demo", "1"]))
