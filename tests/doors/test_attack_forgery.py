"""Forged requests: no door takes what another site makes a signed-in browser send. Row 24."""

import re

import pytest
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern

from portal.events.models import Event
from portal.people.models import Person
from tests.doors.enumerated import UNSAFE, _patterns
from tests.factories import make_repo

pytestmark = [pytest.mark.django_db, pytest.mark.attack(24)]
VALUES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "ns": "maker", "name": "tiny"}
EVIL = {"origin": "https://evil.example", "referer": "https://evil.example/"}
# Doors that no cookie opens, each with what it asks for instead.
WITHOUT_A_COOKIE = {
    "policy_report": "takes a browser's own report, and only writes it to the server's log",
    "unsubscribe": "asks for the signed word of the mail",
    "api_leaked_token": "asks for the leaked token itself, and reads no cookie",
}


def concrete(address: str, pattern) -> str:
    """Return an address that the pattern matches."""
    if not isinstance(pattern.pattern, RoutePattern) or "^" in address:
        address = simplify_regex(address)

    def value(match: re.Match[str]) -> str:
        kind, name = match[1] or "str", match[2]
        return VALUES.get(kind) or VALUES.get(name) or "maker"

    return "/" + re.sub(r"<(?:(\w+):)?(\w+)>", value, address).lstrip("/")


def pages_and_rest() -> list[tuple[str, str]]:
    found = {}
    for address, pattern in _patterns(get_resolver(settings.ROOT_URLCONF)):
        found[concrete(address, pattern)] = pattern.name or address
    return sorted(found.items())


def forging(person: Person) -> Client:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart"])
def test_no_page_takes_a_form_of_another_site(admin, maker, kind: str) -> None:
    """Every address of the pages and of the REST API, by every method that changes something.

    A browser sends these three kinds across sites without asking first; `admin` may do most.
    """
    make_repo(maker, "tiny")
    browser, doors = forging(admin), pages_and_rest()
    assert len(doors) > 100
    rows, people = Event.objects.count(), Person.objects.count()
    kind = "multipart/form-data; boundary=x" if kind == "multipart" else kind
    body = '{"name": "x", "role": "write", "confirm": "maker/tiny", "x": "="}'
    for address, name in doors:
        if name in WITHOUT_A_COOKIE:
            continue
        for method in UNSAFE if kind == "text/plain" else ("POST",):
            answer = browser.generic(method, address, body, content_type=kind, headers=EVIL)
            # 404: a REST view that no such object; 405: this method is not taken at all
            assert answer.status_code == 403, (method, address, answer.status_code)
    assert (Event.objects.count(), Person.objects.count()) == (rows, people)


def test_the_exceptions_are_there(client) -> None:
    assert set(WITHOUT_A_COOKIE) <= {name for _address, name in pages_and_rest()}


def test_a_method_in_disguise_is_the_method_that_was_sent(maker, sign_in) -> None:
    repo = make_repo(maker, "tiny")
    rows = Event.objects.count()
    browser = sign_in(maker)
    for address, _name in pages_and_rest():
        if address.startswith("/accounts/logout"):
            continue
        disguise = {"x-http-method-override": "DELETE", "x-method-override": "POST"}
        browser.get(address, {"_method": "DELETE", "confirm": repo.full_name}, headers=disguise)
    assert Event.objects.count() == rows
    repo.refresh_from_db()


def test_json_is_asked_for_by_its_name(maker, sign_in) -> None:
    """A form's content types are no JSON, even with everything else in order."""
    browser = sign_in(maker)
    for address, name in pages_and_rest():
        if not address.startswith("/api/v1/") or name in WITHOUT_A_COOKIE:
            continue
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = browser.generic("POST", address, '{"name": "x"}', content_type=kind)
            assert answer.status_code in (400, 404, 405, 415), (address, answer.status_code)
    assert not maker.access_tokens.exists()
