"""Copying a repo with a form: the same deed as the Hub's `duplicate_repo`, and the same rights."""

import pytest
from django.test import Client

from models_registry import quotas, repos, revisions
from models_registry.models import BaseLink, Repo
from portal.organisations.models import Role
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/maker/counter/duplicate"


def form(**changed: str) -> dict[str, str]:
    return {"owner": "outsider", "name": "mine"} | changed


@pytest.mark.db
def test_a_copy_has_the_history_and_shows_what_it_was_copied_from(sign_in, repo, outsider) -> None:
    browser = sign_in(outsider)
    assert f'href="{ADDRESS}"' in browser.get(repo.path).content.decode()
    page = browser.get(ADDRESS).content.decode()
    assert 'value="counter"' in page and "checked" not in page.split("</form>")[-2]
    answer = browser.post(ADDRESS, form())
    assert (answer.status_code, answer["Location"]) == (302, "/outsider/mine")
    made = Repo.objects.get(key="outsider/mine")
    assert (made.visibility, made.head_oid) == ("public", repo.head_oid)
    theirs, ours = (list(map(str, revisions.history(revisions.resolve(r)))) for r in (repo, made))
    assert theirs == ours
    assert BaseLink.objects.get(repo=made).base == repo
    shown = browser.get("/outsider/mine/lineage").content.decode()
    assert 'href="/maker/counter"' in shown and "copy" in shown


def test_a_private_copy_is_private(sign_in, repo, outsider) -> None:
    sign_in(outsider).post(ADDRESS, form(private="on"))
    assert Repo.objects.get(key="outsider/mine").is_private


def test_a_data_set_is_copied_too(sign_in, maker, outsider) -> None:
    repos.create(maker.namespace, "reviews", by=maker, kind="dataset")
    browser = sign_in(outsider)
    assert "Duplicate this data set" in (
        browser.get("/datasets/maker/reviews/duplicate").content.decode()
    )
    answer = browser.post("/datasets/maker/reviews/duplicate", form())
    assert answer["Location"] == "/datasets/outsider/mine"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "a--b"}, "name"),
        ({"name": ""}, "required"),
        ({"name": "taken"}, "already exists"),
        ({"owner": "maker"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(sign_in, repo, outsider, changed, sentence) -> None:
    repos.create(outsider.namespace, "taken", by=outsider)
    answer = sign_in(outsider).post(ADDRESS, form(**changed))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Repo.objects.count() == 2


def test_a_full_quota_is_said_in_the_form(sign_in, repo, outsider, monkeypatch) -> None:
    monkeypatch.setattr(quotas, "allowed", lambda _namespace: 1)
    answer = sign_in(outsider).post(ADDRESS, form())
    assert answer.status_code == 422 and "stores" in answer.content.decode()
    assert not Repo.objects.filter(key="outsider/mine").exists()


def test_an_organisation_gets_a_copy_from_its_members_only(sign_in, repo, outsider, voter) -> None:
    circle = OrganisationFactory(handle="circle")
    MembershipFactory(organisation=circle, person=outsider, role=Role.MEMBER)
    assert sign_in(voter).post(ADDRESS, form(owner="circle")).status_code == 422
    answer = sign_in(outsider).post(ADDRESS, form(owner="circle"))
    assert answer["Location"] == "/circle/mine"


def test_a_hidden_repo_cannot_be_copied_and_looks_missing(sign_in, private_repo, outsider) -> None:
    browser = sign_in(outsider)
    for name in ("secret", "nothing"):
        assert browser.get(f"/maker/{name}/duplicate").status_code == 404
        assert browser.post(f"/maker/{name}/duplicate", form()).status_code == 404
    assert Repo.objects.count() == 1


def test_what_only_colleagues_may_see_is_not_published_by_one_of_them(sign_in, voter) -> None:
    circle = OrganisationFactory(handle="circle")
    MembershipFactory(organisation=circle, person=voter, role=Role.MEMBER)
    repos.create(circle.namespace, "inner", by=voter, visibility="private")
    browser = sign_in(voter)
    page = browser.post("/circle/inner/duplicate", form(owner="voter"))
    assert page.status_code == 422 and "stays private" in page.content.decode()
    answer = browser.post("/circle/inner/duplicate", form(owner="voter", private="on"))
    assert answer["Location"] == "/voter/mine"


def test_a_gate_is_asked_before_the_form(sign_in, repo, maker, outsider) -> None:
    repos.settle(repo, {"gated": "manual"}, by=maker)
    browser = sign_in(outsider)
    assert browser.get(ADDRESS).status_code == 403
    assert browser.post(ADDRESS, form()).status_code == 403
    assert Repo.objects.count() == 1


def test_nobody_copies_without_signing_in_or_from_elsewhere(repo, outsider) -> None:
    assert Client().post(ADDRESS, form())["Location"].startswith("/accounts/login/")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(outsider)
    assert browser.post(ADDRESS, form()).status_code == 403
    assert Repo.objects.count() == 1
