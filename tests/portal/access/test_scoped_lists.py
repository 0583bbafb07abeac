"""A list shows what the credential may see, not all that its person may: rows 17 and 23."""

import pytest

from models_registry.models import Repo
from portal import tokens
from portal.access import Actor, decide
from portal.organisations.models import Role
from portal.tokens.scopes import Scopes
from tests.factories import MembershipFactory, OrganisationFactory, make_repo
from tests.models_registry.conftest import store
from tests.support.wsgi import hub_request

__all__ = ["store"]
pytestmark = [pytest.mark.django_db, pytest.mark.attack(17, 23)]
READ, WRITE = frozenset({"repo.read"}), frozenset({"repo.write"})
SCOPES = {
    "something else": Scopes(frozenset({"agreements:accept"})),
    "one repo": Scopes(only={"maker/mine": READ}),
    "one repo, to write": Scopes(only={"Maker/Mine": WRITE}),
    "a namespace": Scopes(only={"circle": READ}),
    "another right on it": Scopes(only={"maker/mine": frozenset({"submission.read"})}),
    "a foreign repo": Scopes(only={"outsider/theirs": WRITE}),
    "everywhere": Scopes(READ),
}


@pytest.fixture
def made(maker, outsider) -> list[Repo]:
    circle = OrganisationFactory(handle="circle")
    MembershipFactory(organisation=circle, person=maker, role=Role.OWNER)
    return [
        make_repo(maker, "mine", visibility="private"),
        make_repo(maker, "second", visibility="private"),
        make_repo(maker, "ours", visibility="private", namespace=circle.namespace),
        make_repo(outsider, "theirs", visibility="private"),
        make_repo(maker, "open"),
    ]


@pytest.mark.parametrize("name", [*SCOPES, "read", "write", "session"])
def test_lists_and_single_repos_agree(maker, made, name: str) -> None:
    token, raw = None, ""
    if name != "session":
        role = name if name in ("read", "write") else "fineGrained"
        token, raw = tokens.issue(maker, name="t", role=role, scopes=SCOPES.get(name))
    actor = Actor(maker, token)
    *private, public = made
    seen = set(Repo.objects.visible_to(actor))
    assert seen == {public, *(repo for repo in private if decide(actor, "see", repo))}
    if raw:
        listed = hub_request("GET", "/api/models?limit=100", token=raw).body.decode()
        assert {repo for repo in made if f'"{repo.full_name}"' in listed} == seen
