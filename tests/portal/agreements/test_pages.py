"""The gate in the browser: the text from the row, an unticked box, and a safe way on."""

import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.urls import reverse

from portal import agreements
from portal.agreements import nonces, receipts
from portal.agreements.models import Acceptance
from portal.agreements.views import next_of
from portal.clock import shifted
from portal.events import keys
from tests.factories import OrganisationFactory
from tests.support import documents

pytestmark = pytest.mark.django_db


def form_of(page) -> dict:
    """Return what a browser would send back from the page's form, the box ticked."""
    form = page.context["form"]
    names = ("nonce", "sha256", "scrolled", "dwell_ms", "next", "repo")
    sent = {name: form[name].value() or "" for name in names}
    return sent | {"agree": "on", "language": page.context["text"].language}


@pytest.fixture
def version(database):
    return documents.version(
        en="## One\n\n- **R1** Be <b>kind</b>.", zh="## 一\n\n- **R1** 与人为善。"
    )


@pytest.fixture
def licence(database):
    return documents.demo_licence(OrganisationFactory(handle="openweights")).document_version


# --- reading ------------------------------------------------------------------------------------
def test_the_text_can_be_read_by_anybody_and_comes_from_the_row(client, version):
    page = client.get(version.accept_url)
    assert page.status_code == 200
    body = page.content.decode()
    assert version.texts.get(language="en").sha256 in body
    assert "<strong>R1</strong>" in body
    assert (
        "<form method"
        not in re.findall(r"<section class=\"section no-print\".*?</section>", body, re.S)[0]
    )


def test_the_box_is_not_ticked_and_the_button_stands_after_the_text(maker, sign_in, version):
    body = sign_in(maker).get(version.accept_url).content.decode()
    box = re.search(r'<input type="checkbox" name="agree"[^>]*>', body)[0]
    assert "checked" not in box
    assert body.index('class="legal-text') < body.index('id="text-end"') < body.index(box)
    assert body.index(box) < body.index("I have read and accept")
    assert "disabled" not in body[body.index(box) : body.index("</form>", body.index(box))]


def test_a_reader_of_chinese_is_shown_the_chinese_text(reader_zh, sign_in, version):
    page = sign_in(reader_zh).get(version.accept_url)
    assert page.context["text"].language == "zh"
    assert 'lang="zh"' in page.content.decode()
    english = sign_in(reader_zh).get(version.accept_url + "?language=en")
    assert english.context["text"].language == "en"


# --- accepting ----------------------------------------------------------------------------------
def test_ticking_the_box_records_what_was_seen(maker, sign_in, version):
    browser = sign_in(maker)
    page = browser.get(version.accept_url)
    answer = browser.post(
        version.accept_url,
        form_of(page) | {"scrolled": "yes", "dwell_ms": "4200"},
        headers={"User-Agent": "Mozilla/5.0 Gecko/20100101 Firefox/140.0"},
        REMOTE_ADDR="198.51.100.77",
    )
    assert answer.status_code == 302
    row = Acceptance.objects.get()
    assert row.text_sha256 == version.texts.get(language="en").sha256
    assert row.ui["reported_by_browser"] == {"scrolled_to_end": "yes", "dwell_ms": 4200}
    assert row.ui["box_unticked_initially"] is True
    assert len(row.ui["template_sha256"]) == len(row.ui["rendered_text_sha256"]) == 64
    assert row.session_hash
    assert row.detail.details == {"ip_prefix": "198.51.100.0/24", "ua_family": "Firefox 140"}


def test_what_the_browser_says_about_scrolling_is_one_of_three_words(maker, sign_in, version):
    browser = sign_in(maker)
    browser.post(
        version.accept_url, form_of(browser.get(version.accept_url)) | {"scrolled": "true"}
    )
    assert Acceptance.objects.get().ui["reported_by_browser"]["scrolled_to_end"] == "unknown"


def test_without_the_tick_nothing_is_recorded(maker, sign_in, version):
    browser = sign_in(maker)
    sent = form_of(browser.get(version.accept_url))
    del sent["agree"]
    assert browser.post(version.accept_url, sent).status_code == 400
    assert not Acceptance.objects.exists()


def test_sending_the_form_twice_records_once(maker, sign_in, version):
    browser = sign_in(maker)
    sent = form_of(browser.get(version.accept_url))
    assert [browser.post(version.accept_url, sent).status_code for _ in range(2)] == [302, 302]
    assert Acceptance.objects.count() == 1


def test_a_form_for_a_text_that_was_replaced_meanwhile_is_a_conflict(maker, sign_in, version):
    browser = sign_in(maker)
    sent = form_of(browser.get(version.accept_url))
    documents.version("2")
    answer = browser.post(version.accept_url, sent)
    assert answer.status_code == 409
    assert not Acceptance.objects.exists()


def test_another_persons_form_is_worthless(maker, outsider, sign_in, version):
    sent = form_of(sign_in(maker).get(version.accept_url))
    assert sign_in(outsider).post(version.accept_url, sent).status_code == 409
    assert not Acceptance.objects.exists()


@pytest.mark.db
def test_a_form_lives_for_twelve_hours(maker, sign_in, version):
    browser = sign_in(maker)
    sent = form_of(browser.get(version.accept_url))
    with shifted(nonces.BROWSER * 2):
        assert browser.post(version.accept_url, sent).status_code == 409


def test_english_shown_cannot_be_recorded_as_chinese(maker, sign_in, version):
    browser = sign_in(maker)
    sent = form_of(browser.get(version.accept_url + "?language=en"))
    assert browser.post(version.accept_url, sent | {"language": "zh"}).status_code == 409
    assert not Acceptance.objects.exists()


def test_the_visitor_signs_in_first(client, version):
    answer = client.post(version.accept_url, {"agree": "on"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


# --- terms and norms, one after the other -------------------------------------------------------
def test_agree_leads_through_what_is_outstanding_and_then_on(maker, sign_in):
    documents.site_documents()
    browser, seen = sign_in(maker), []
    address = reverse("agree") + "?next=/models"
    for _ in range(2):
        page = browser.get(address, follow=True)
        seen.append(page.context["version"].document.slug)
        answer = browser.post(page.request["PATH_INFO"], form_of(page))
        address = answer.url
    assert seen == ["site-terms", "community-norms"]
    assert address == "/models"
    assert agreements.outstanding(maker) == []


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "models",
    ],
)
def test_next_leads_nowhere_else(rf, wanted):
    assert next_of(rf.get("/"), wanted) == ""
    assert next_of(rf.get("/"), "/models?q=a") == "/models?q=a"


# --- a licence ----------------------------------------------------------------------------------
def test_a_licence_asks_for_purpose_and_questionnaire(maker, sign_in, licence):
    browser = sign_in(maker)
    page = browser.get(licence.accept_url + "?repo=openweights/mini")
    assert "<fieldset" in page.content.decode()
    sent = form_of(page)
    assert browser.post(licence.accept_url, sent).status_code == 400
    refused = browser.post(licence.accept_url, sent | {"purpose": "commercial"})
    assert refused.status_code == 400
    assert "answer_use" in refused.context["form"].errors
    answers = {f"answer_{name}": value for name, value in documents.COMMERCIAL.items()}
    done = browser.post(
        licence.accept_url, sent | {"purpose": "commercial", "answer_authority": "on"} | answers
    )
    assert done.status_code == 302
    assert Acceptance.objects.get().questionnaire == "commonhold-demo-commercial@1"


def test_after_research_commercial_use_can_still_be_registered(maker, sign_in, licence):
    documents.accepted(maker, licence, purpose="research")
    browser = sign_in(maker)
    assert browser.get(licence.accept_url).context["may_accept"]
    documents.accepted(maker, licence, purpose="commercial", answers=documents.COMMERCIAL)
    page = browser.get(licence.accept_url)
    assert not page.context["may_accept"]
    assert licence.texts.get(language="en").sha256 in page.content.decode()


# --- what am I bound by -------------------------------------------------------------------------
def test_the_receipt_can_be_checked_with_the_logs_public_key(maker, sign_in, version):
    row = documents.accepted(maker, version)
    answer = sign_in(maker).get(reverse("receipt", args=[row.pk]))
    receipt = json.loads(answer.content)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys.current().public))
    signature = bytes.fromhex(receipt["signature"]["value"])
    public.verify(signature, receipts.signed_text(receipt))
    assert receipt["record"]["text_sha256"] == row.text_sha256
    assert receipt["commitment"] == row.event.body["record_commitment"]


def test_a_receipt_is_only_for_its_person(maker, outsider, sign_in, version):
    row = documents.accepted(maker, version)
    assert sign_in(outsider).get(reverse("receipt", args=[row.pk])).status_code == 404
    assert sign_in(outsider).post(reverse("withdraw", args=[row.pk])).status_code == 404
    assert agreements.has_accepted(maker, version)


def test_withdrawing_in_the_browser(maker, sign_in, version):
    row = documents.accepted(maker, version)
    browser = sign_in(maker)
    assert browser.get(reverse("withdraw", args=[row.pk])).status_code == 200
    assert browser.post(reverse("withdraw", args=[row.pk])).status_code == 302
    assert not agreements.has_accepted(maker, version)
    page = browser.get(reverse("settings_agreements"))
    assert [a.pk for a in page.context["ended"]] == [row.pk]


def test_the_page_of_all_agreements_keeps_its_ceiling(
    maker, sign_in, licence, django_assert_max_num_queries
):
    documents.site_documents()
    for number in range(5):
        documents.accepted(maker, documents.version(str(number), slug=f"d{number}"))
    browser = sign_in(maker)
    with django_assert_max_num_queries(8):
        assert browser.get(reverse("settings_agreements")).status_code == 200


def test_what_changed_between_two_versions_is_shown(client):
    documents.version("1", en="Be kind.\nBe fair.")
    documents.version("2", en="Be kind.\nBe just.")
    page = client.get(reverse("norms_version", args=["2"]) + "?against=1")
    assert [(c.kind, c.text) for c in page.context["changes"]] == [
        ("same", "Be kind."),
        ("removed", "Be fair."),
        ("added", "Be just."),
    ]
