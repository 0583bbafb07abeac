"""What an operator does from the command line: accounts and tokens."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal import tokens
from portal.events.models import Event
from portal.people.models import Person
from portal.tokens.models import AccessToken

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def test_a_member_made_by_the_operator_signs_in_at_once():
    password = run("create_member", "newcomer", "newcomer@example.org", "--language", "zh-hans")
    person = Person.objects.get(username="newcomer")
    assert (person.language, person.is_staff, person.is_superuser) == ("zh-hans", False, False)
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "newcomer", "password": password})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "_auth_user_id" in browser.session
    assert Event.objects.filter(kind="portal:person:created").count() == 1


def test_a_password_that_was_given_is_not_printed():
    given = "a rather long passphrase"
    assert run("create_member", "second", "second@example.org", "--password", given) == ""
    assert Person.objects.get(username="second").check_password(given)


def test_a_superuser_is_staff():
    run("create_member", "boss", "boss@example.org", "--superuser")
    person = Person.objects.get(username="boss")
    assert person.is_staff and person.is_superuser


@pytest.mark.parametrize(
    ("handle", "email"),
    [
        ("api", "x@example.org"),
        ("x/../y", "x@example.org"),
        ("MAKER", "x@example.org"),
        ("fresh", "Maker@example.org"),
        ("fresh", "nobody"),
    ],
)
def test_a_member_that_cannot_be_is_refused_in_one_sentence(maker, handle, email):
    before = Person.objects.count()
    with pytest.raises(CommandError) as told:
        run("create_member", handle, email)
    assert "\n" not in str(told.value)
    assert Person.objects.count() == before


@pytest.mark.parametrize("role", ["read", "write"])
def test_a_token_is_printed_once_and_does_what_its_role_says(maker, role):
    raw = run("issue_token", "Maker", "--role", role, "--name", "ci", "--days", "7")
    token = tokens.authenticate(raw)
    assert token is not None
    assert (token.person, token.role, token.name, token.origin) == (maker, role, "ci", "command")
    assert token.expires_at is not None
    assert token.covers("repo.write") is (role == "write")


def test_a_token_of_nobody_is_refused():
    with pytest.raises(CommandError, match="nobody with the handle 'ghost'"):
        run("issue_token", "ghost")
    assert not AccessToken.objects.exists()
