"""Repos as a whole: names, redirects, visibility, and who pays."""

import pytest

from models_registry import quotas, repos
from models_registry.access import REPO
from models_registry.models import Repo, RepoBlob
from portal.access import Actor
from portal.errors import Invalid
from portal.organisations.models import Role
from tests.factories import MembershipFactory, OrganisationFactory, make_lfs, make_repo

pytestmark = pytest.mark.db


@pytest.mark.parametrize("name", ["", "-a", "a-", ".a", "a.", "a--b", "a..b", "a.git", "a/b", "ü"])
def test_names_follow_the_grammar_of_the_client(maker, name: str) -> None:
    with pytest.raises(Invalid):
        make_repo(maker, name)


def test_names_differ_by_more_than_case(maker) -> None:
    make_repo(maker, "Tiny")
    with pytest.raises(repos.NameTaken):
        make_repo(maker, "tINY")
    assert make_repo(maker, "tiny", kind="dataset").kind == "dataset"


def test_a_moved_repo_answers_to_its_old_name_and_nobody_takes_it(maker, outsider) -> None:
    repo = make_repo(maker, "before")
    repos.move(repo, maker.namespace, "after", by=maker)
    assert repos.find(Actor(outsider), "MAKER/Before") == repo
    with pytest.raises(repos.NameTaken):
        make_repo(maker, "before")
    repos.settle(repo, {"visibility": "private"}, by=maker)
    for name in ("maker/before", "maker/after", "maker/never"):
        with pytest.raises(repos.RepoNotFound):
            repos.find(Actor(outsider), name)
    repos.move(repo, maker.namespace, "before", by=maker)
    assert repos.find(Actor(maker), "maker/after") == repo


def test_a_name_left_in_the_meantime_is_still_refused(maker, monkeypatch) -> None:
    repo = make_repo(maker, "before")
    repos.move(repo, maker.namespace, "after", by=maker)
    monkeypatch.setattr(repos, "_free", lambda *args, **kwargs: None)  # it looked free a moment ago
    with pytest.raises(repos.NameTaken):
        make_repo(maker, "before")
    assert Repo.objects.count() == 1


def test_each_actor_sees_the_repos_the_table_lets_them_see(maker, voter, outsider) -> None:
    circle = OrganisationFactory()
    for person, role in ((maker, Role.OWNER), (voter, Role.MEMBER)):
        MembershipFactory(organisation=circle, person=person, role=role)
    made = [
        make_repo(maker, "mine", visibility="private"),
        make_repo(maker, "ours", visibility="private", namespace=circle.namespace),
        make_repo(maker, "open"),
    ]
    for person in (maker, voter, outsider, None):
        seen = set(Repo.objects.visible_to(Actor(person)))
        allowed = REPO.verbs["see"]
        assert seen == {r for r in made if REPO.roles_of(person, r) & allowed}
    assert len(Repo.objects.visible_to(Actor(voter))) == 2
    assert len(Repo.objects.visible_to(Actor())) == 1


def test_who_owns_the_repo_pays_for_it(maker, outsider) -> None:
    repo = make_repo(maker)
    make_lfs(repo, maker, b"x" * 1000)
    before = quotas.used(maker.namespace)
    assert before >= 1000
    repos.move(repo, outsider.namespace, "moved", by=maker)
    assert RepoBlob.objects.get(repo=repo).charged == outsider.namespace
    assert quotas.used(maker.namespace) == 0
    assert quotas.used(outsider.namespace) == before
