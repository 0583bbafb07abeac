"""Likes: one each, counted with the repo, exported and forgotten with the person."""

import pytest

from models_registry import liking
from models_registry.models import Like
from portal.events.models import Event
from portal.privacy import REGISTRY
from tests.factories import make_repo

pytestmark = pytest.mark.db


@pytest.fixture
def repo(maker):
    return make_repo(maker)


def counted(repo) -> int:
    repo.refresh_from_db()
    assert repo.likes == Like.objects.filter(repo=repo).count()
    return repo.likes


def test_said_twice_is_said_once(repo, voter, maker) -> None:
    for person in (voter, voter, maker):
        liking.like(repo, person)
    assert counted(repo) == 2
    for _again in range(2):
        liking.unlike(repo, voter)
    assert counted(repo) == 1
    told = Event.objects.filter(kind__in=["registry:repo:liked", "registry:repo:unliked"])
    assert told.count() == 3


def test_the_archive_has_them_and_erasure_takes_them(repo, voter, maker) -> None:
    liking.like(repo, voter)
    liking.like(repo, maker)
    named = REGISTRY["likes"].export(voter)["repos"]
    assert [(one["name"], one["kind"]) for one in named] == [("maker/tiny", "model")]
    for _again in range(2):
        REGISTRY["likes"].erase(voter)
    assert counted(repo) == 1
    assert REGISTRY["likes"].export(voter) == {"repos": []}


def test_the_button_likes_and_takes_it_back(maker, outsider, sign_in, client) -> None:
    repo = make_repo(maker)
    browser, place = sign_in(outsider), f"{repo.path}/like"
    page = browser.post(place, {"next": f"{repo.path}/commits"}, follow=True)
    assert page.redirect_chain[0][0] == f"{repo.path}/commits"
    assert "Liked · 1" in page.content.decode()
    browser.post(place, {"next": "https://evil.example/"})
    assert "Like · 1" in client.get(repo.path).content.decode()
    gone = browser.post(place, {"deed": "stop"}, follow=True).content.decode()
    assert "Liked" not in gone and "Like" in gone
    assert client.post(place).url.startswith("/accounts/login/")
    hidden = make_repo(maker, "hidden", visibility="private")
    assert browser.post(f"{hidden.path}/like").status_code == 404
