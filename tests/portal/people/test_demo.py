"""The demo community: same people every time, fresh tokens, never in public."""

import json
import stat
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from portal import tokens
from portal.demo import DemoMeetsPublic, is_loopback, keys, refuse_public, seeding
from portal.demo.cast import PARTS
from portal.organisations.models import Membership, Organisation
from portal.people.models import Person
from tests.support import documents

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people_only(settings, tmp_path, monkeypatch):
    """The apps' own demo content has tests of its own."""
    settings.SECRETS_DIR = tmp_path / "secrets"
    called = []
    module = SimpleNamespace(seed=called.append, remove=called.append)
    monkeypatch.setattr(seeding.extensions, "modules", lambda slot: [module])
    return called


def seed() -> dict:
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_seeding_twice_is_seeding_once_with_fresh_tokens(people_only):
    first, second = seed(), seed()
    assert set(first) == {"base_url", "content_url", "people"}
    assert set(first["people"]) == set(PARTS)
    assert Person.objects.filter(is_demo=True).count() == len(PARTS)
    for name, before in first["people"].items():
        after = second["people"][name]
        assert before["password"] == after["password"]
        assert tokens.authenticate(before["read_token"]) is None
        assert tokens.authenticate(after["write_token"]).person.username == after["username"]
    assert first["people"]["admin"]["totp_secret"] and len(people_only) == 2
    assert people_only[0].licensor.handle == "openweights-lab"


def test_passwords_are_random_and_only_the_owner_reads_them():
    kept = keys.read_or_make()
    assert stat.S_IMODE(keys.path().stat().st_mode) == 0o600
    keys.forget()
    assert {k["password"] for k in keys.read_or_make().values()}.isdisjoint(
        k["password"] for k in kept.values()
    )


def test_demo_people_never_meet_the_public(settings):
    seed()
    settings.PUBLIC_URL = "https://models.example"
    with pytest.raises(CommandError):
        seed()
    with pytest.raises(DemoMeetsPublic):
        refuse_public()
    call_command("remove_demo", stdout=StringIO())
    refuse_public()
    assert not Person.objects.filter(is_demo=True).exists()


def test_a_removed_demo_can_come_back():
    seed()
    call_command("remove_demo", stdout=StringIO())
    assert seed()["people"]["maker"]["username"] == "maker"


@pytest.mark.db
def test_a_demo_comes_back_on_what_had_to_stay():
    """An organisation whose licence somebody accepted is not deleted: its documents stay."""
    seed()
    publisher = Organisation.objects.get(handle="openweights-lab")
    documents.demo_licence(publisher)
    call_command("remove_demo", stdout=StringIO())
    publisher.refresh_from_db()
    assert (publisher.is_demo, Membership.objects.count()) == (False, 0)
    seed()
    publisher.refresh_from_db()
    roles = Membership.objects.filter(organisation=publisher).values_list(
        "person__username", "role"
    )
    assert publisher.is_demo and ("steward", "owner") in set(roles)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:9", True),
        ("http://[::1]:8000", True),
        ("https://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("https://models.example", False),
    ],
)
def test_which_addresses_are_this_machine_only(url, here):
    assert is_loopback(url) is here
