"""Lists of repos: what a search narrows them to, in their order, page by page."""

import json

import pytest
from django.test import Client

from models_registry import repos
from models_registry.hub_api.listing import parameters_asked
from models_registry.models import Repo
from models_registry.pages.lists import PAGE, page_of
from portal import search
from portal.access import Actor
from portal.errors import Invalid
from portal.licences.library import load_demo_licence
from portal.organisations.models import Organisation
from portal.search import narrowing
from tests.factories import make_repo
from tests.support.wsgi import hub_request

pytestmark = pytest.mark.db

CARD = "---\nlicense: mit\ntags: [情感分析, Sentiment]\npipeline_tag: text-classification\n---\n"


@pytest.fixture(params=[0, 2_000], ids=["the list is walked", "matches are looked up"])
def way(request, monkeypatch) -> None:
    monkeypatch.setattr(narrowing, "FEW", request.param)


def names(kind: str, text: str, actor: Actor) -> list[str]:
    rows = Repo.objects.visible_to(actor).filter(kind=kind).order_by("-id")
    return [repo.name for repo in search.narrow(rows, kind, text)]


@pytest.mark.usefixtures("way")
def test_every_word_must_be_there_or_begin_a_word(maker) -> None:
    make_repo(maker, "MiniLM-L6-reviews", files={"README.md": CARD.encode()})
    make_repo(maker, "minilm-news")
    make_repo(maker, "minilm-data", kind="dataset")
    actor = Actor(maker)
    assert names("model", "minilm", actor) == ["minilm-news", "MiniLM-L6-reviews"]
    assert names("model", "mini NEWS", actor) == ["minilm-news"]
    assert names("model", "情感", actor) == ["MiniLM-L6-reviews"]
    assert names("model", "情析", actor) == []
    assert names("model", "lm", actor) == []
    assert names("dataset", "maker/minilm", actor) == ["minilm-data"]
    for nothing in ("", "   ", "…", '" OR *', "%"):
        assert len(names("model", nothing, actor)) in (0, 2)  # no word narrows nothing


@pytest.mark.usefixtures("way")
def test_a_search_of_a_list_shows_nobody_what_they_may_not_see(maker, outsider) -> None:
    make_repo(maker, "secret-plans", visibility="private")
    assert names("model", "secret", Actor(maker)) == ["secret-plans"]
    for other in (Actor(outsider), Actor()):
        assert names("model", "secret", other) == []


def test_pages_know_of_the_next_one_and_count_nothing(maker, django_assert_num_queries) -> None:
    for number in range(PAGE + 2):
        Repo.objects.create(
            namespace=maker.namespace, name=f"r{number}", created_by=maker,
            created_at=maker.date_joined, updated_at=maker.date_joined,
        )  # fmt: skip
    rows = Repo.objects.order_by("id")
    with django_assert_num_queries(1):
        first = page_of(rows, "1")
    assert (len(first), first.has_next(), first.has_previous()) == (PAGE, True, False)
    second = page_of(rows, "2")
    assert ([repo.name for repo in second], second.has_next()) == (["r30", "r31"], False)
    for nowhere in ("3", "9999", "99999999", "-1", "x", "²"):
        assert page_of(rows, nowhere).number == 1


def test_the_list_page_narrows_and_keeps_its_order(maker, client: Client) -> None:
    make_repo(maker, "old-bert")
    make_repo(maker, "new-bert")
    body = client.get("/models?q=bert").content.decode()
    assert body.index("new-bert") < body.index("old-bert")
    assert "old-bert" not in client.get("/models?q=bert+new").content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("min:6B", ["large"]),
        ("max:23M", ["small"]),
        ("min:10M,max:6.74B", ["large", "small"]),
        ("min:22713217,max:1B", []),
        ("min:1K,max:22713216", ["small"]),
    ],
)
def test_models_are_found_by_how_many_parameters_they_have(maker, asked: str, found: list) -> None:
    make_repo(maker, "unknown")
    for name, total in (("small", 22_713_216), ("large", 6_738_415_616)):
        repo = make_repo(maker, name)
        Repo.objects.filter(pk=repo.pk).update(weights={"total": total})
    rows = Repo.objects.filter(**parameters_asked(asked)).order_by("name")
    assert [repo.name for repo in rows] == found


@pytest.mark.parametrize("asked", ["6B", "min:", "min:-1", "min:6B;max:7B", "min:1e9", "avg:3"])
def test_other_ways_to_write_a_number_of_parameters_are_refused(asked: str) -> None:
    with pytest.raises(Invalid):
        parameters_asked(asked)


def test_what_only_its_licence_gates_is_gated_in_lists_too(maker, client: Client) -> None:
    licensor = Organisation.objects.create(handle="licensor")
    licensed = make_repo(maker, "licensed")
    repos.settle(licensed, {"licence": load_demo_licence(licensor)}, by=maker)
    make_repo(maker, "manual", gated="manual")
    make_repo(maker, "plain")
    every = {"licensed", "manual", "plain"}
    for asked, found in (("gated", {"licensed", "manual"}), ("open", {"plain"}), ("", every)):
        page = client.get(f"/models?access={asked}").content.decode()
        assert {name for name in every if f"<strong>{name}</strong>" in page} == found
    assert page.count("</svg>gated</span>") == 2
    for asked, found in (("true", {"licensed", "manual"}), ("false", {"plain"})):
        answer = hub_request("GET", f"/api/models?gated={asked}")
        told = {row["id"].partition("/")[2]: row["gated"] for row in json.loads(answer.body)}
        assert set(told) == found
        assert all(bool(mode) is (asked == "true") for mode in told.values())
