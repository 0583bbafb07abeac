"""Language and theme: the person's choice, then the cookie, then the browser's header."""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_language_is_kept_for_visitors_and_in_the_account(client, maker, sign_in) -> None:
    client.post("/language", {"language": "zh-hans", "next": "/models"})
    assert client.get("/").headers["Content-Language"] == "zh-hans"
    signed_in = sign_in(maker)
    signed_in.post("/language", {"language": "zh-hans", "next": "/"})
    maker.refresh_from_db()
    assert maker.language == "zh-hans"
    assert Client().get("/", headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"


def test_the_person_comes_before_the_cookie_and_the_header(reader_zh, sign_in) -> None:
    client = sign_in(reader_zh)
    client.cookies["django_language"] = "en"
    page = client.get("/", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "zh-hans"
    assert b'<html lang="zh-Hans"' in page.content


def test_an_unknown_language_or_theme_changes_nothing(client) -> None:
    client.post("/language", {"language": "xx", "next": "/"})
    client.post("/theme", {"theme": '"><script>', "next": "/"})
    page = client.get("/").content
    assert b'<html lang="en">' in page and b"data-theme=" not in page


def test_the_theme_is_in_the_first_byte_of_the_page(client) -> None:
    client.post("/theme", {"theme": "dark", "next": "/"})
    assert b'<html lang="en" data-theme="dark">' in client.get("/").content
    client.post("/theme", {"theme": "auto", "next": "/"})
    assert b"data-theme=" not in client.get("/").content


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("switch", ["/language", "/theme"])
def test_a_switch_leads_nowhere_else(client, switch: str, target: str) -> None:
    answer = client.post(switch, {"language": "en", "theme": "dark", "next": target})
    assert answer.headers["Location"] == "/"


def test_a_switch_is_a_post_with_a_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.get("/language").status_code == 405
    assert strict.post("/language", {"language": "zh-hans"}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "127.1.2.3:8000"])
def test_a_browser_at_a_number_of_this_machine_is_led_to_its_name(client, host) -> None:
    """Passkeys and sessions belong to a name: `http://127.0.0.1:8000` would be another site."""
    answer = client.get("/models?q=a%20b", headers={"host": host, "accept": "text/html,*/*"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{settings.PUBLIC_URL}/models?q=a%20b"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8000", "accept": "text/html"},
        {"host": "127.0.0.1:8000", "accept": "application/json"},  # a program
        {"host": "127.0.0.1:9000", "accept": "text/html"},  # a port that somebody mapped
    ],
)
def test_everybody_else_stays_where_they_are(client, headers) -> None:
    assert client.get("/accounts/login/", headers=headers).status_code == 200


def test_a_public_portal_leads_nobody_away(client, settings) -> None:
    settings.PUBLIC_URL = "https://models.example"
    headers = {"host": "127.0.0.1", "accept": "text/html"}
    assert client.get("/accounts/login/", headers=headers).status_code == 200
