"""What the registry hands out about a person, and how it forgets them."""

import pytest

from portal.privacy import REGISTRY

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy_maker(maker, voter):
    from models_registry import repos, revisions
    from models_registry.gate import requests

    repo = repos.create(maker.namespace, "counter", by=maker)
    repos.settle(repo, {"gated": "manual"}, by=maker)
    requests.ask(repo, voter, fields={})
    revisions.commit(repo, author=maker, operations=[revisions.AddFile("a", b"a")], summary="Add a")
    return maker


def test_the_archive_names_repos_commits_and_requests(busy_maker, voter):
    export = REGISTRY["registry"].export
    about_maker, about_voter = export(busy_maker), export(voter)
    assert [repo["name"] for repo in about_maker["repos"]] == ["maker/counter"]
    assert about_maker["commits"] == 2
    assert [asked["state"] for asked in about_voter["access_requests"]] == ["pending"]


def test_erasure_cuts_the_link_and_keeps_every_commit(busy_maker, voter):
    from models_registry.models import AccessRequest, Com

    before = list(Com.objects.values_list("oid", flat=True))
    for person in (busy_maker, voter, voter):
        REGISTRY["registry"].erase(person)
    assert list(Com.objects.values_list("oid", flat=True)) == before
    assert not Com.objects.exclude(author=None).exists()
    assert not AccessRequest.objects.exists()
