"""Passkeys, the authenticator app, recovery codes and sessions, with Chromium's own authenticator.

Everybody here is new: a person with a second step could not sign in for the other tests.
"""

import json
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.steps import (
    add_passkey,
    authenticator,
    enter,
    kept_codes,
    press,
    safely,
    sign_out,
    start_app,
)
from tests.support.codes import code_of
from tests.support.server import ROOT, Server


@pytest.fixture(scope="module")
def newcomers(portal_server: Server) -> Iterator[SimpleNamespace]:
    """As many people as there are tests here, made in one go."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.browser.newcomers", "12"],
        cwd=ROOT,
        env=portal_server.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return iter([SimpleNamespace(**person) for person in json.loads(made.stdout)])


@pytest.fixture
def newcomer(newcomers: Iterator[SimpleNamespace]) -> SimpleNamespace:
    """Somebody with a password and a confirmed address, and no second step yet."""
    return next(newcomers)


@pytest.fixture
def guest(visitor: Callable[..., Watched], newcomer: SimpleNamespace) -> Watched:
    watched = visitor()
    enter(watched, newcomer)
    return watched


def add_app(watched: Watched) -> tuple[str, list[str]]:
    """Set up the authenticator app; return its secret and the recovery codes."""
    return start_app(watched), kept_codes(watched)


def test_a_passkey_is_added_and_signs_in_without_a_password(guest: Watched) -> None:
    page = guest.page
    session, device = authenticator(page)
    add_passkey(guest)
    held = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [key["isResidentCredential"] for key in held] == [True]
    guest.open("/accounts/2fa/webauthn/")
    guest.check()
    assert "my laptop" in page.locator("tbody").inner_text()

    sign_out(page)
    guest.open("/accounts/login/")
    press(page, "#passkey_login")
    expect(page.locator(".site-account details.menu")).to_be_visible()


def test_a_passkey_is_the_second_step_after_the_password(guest: Watched, newcomer) -> None:
    authenticator(guest.page)
    add_passkey(guest)
    sign_out(guest.page)
    enter(guest, newcomer)
    guest.check()
    assert guest.page.locator(".site-account details.menu").count() == 0
    press(guest.page, "#mfa_webauthn_authenticate")
    expect(guest.page.locator(".site-account details.menu")).to_be_visible()


def test_a_passkey_is_renamed_and_removed(guest: Watched) -> None:
    page = guest.page
    authenticator(page)
    add_passkey(guest)
    guest.open("/accounts/2fa/webauthn/")
    press(page, "tbody a.button >> nth=0")
    guest.check()
    page.fill("[name=name]", "the old laptop")
    press(page, "main form button[type=submit]")
    assert "the old laptop" in page.locator("tbody").inner_text()
    press(page, "tbody a.button[data-kind=danger]")
    guest.check()
    press(page, "main form button[type=submit]")
    assert page.locator("tbody").count() == 0
    guest.check()


def test_a_device_that_gives_nothing_is_said_on_the_page(guest: Watched) -> None:
    page = guest.page
    authenticator(page, isUserVerified=False)
    safely(guest, "/accounts/2fa/webauthn/add/")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    guest.check()


def test_the_app_is_set_up_from_a_picture_that_the_policy_lets_through(
    guest: Watched, newcomer
) -> None:
    page = safely(guest, "/accounts/2fa/totp/activate/")
    picture = page.locator("img.qr")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    answer = page.request.get(guest.server.url + picture.get_attribute("src"))
    assert {"no-store", "private"} <= set(answer.headers["cache-control"].split(", "))
    address = page.locator("[data-otpauth]").get_attribute("href")
    parts = urllib.parse.urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert newcomer.username in urllib.parse.unquote(parts.path)
    white = picture.evaluate("image => getComputedStyle(image).backgroundColor")
    assert white == "rgb(255, 255, 255)"  # a phone cannot read black on a dark page
    asked = urllib.parse.parse_qs(parts.query)
    assert asked["secret"] == [page.locator("figure.code code").inner_text().strip()]


def test_the_app_is_asked_for_after_the_password(guest: Watched, newcomer) -> None:
    page = guest.page
    secret, _codes = add_app(guest)
    sign_out(page)
    enter(guest, newcomer)
    guest.check()
    page.fill("[name=code]", "000000")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("[role=alert]:not([hidden])")).to_be_visible()
    guest.check()
    assert re.search(r"^\d{6}$", code_of(secret))


def test_recovery_codes_are_shown_once_kept_as_a_file_and_used_once(
    guest: Watched, newcomer
) -> None:
    page = guest.page
    _secret, codes = add_app(guest)
    with page.expect_download() as saved:
        page.click("[data-save]")
    assert saved.value.suggested_filename.endswith("-recovery-codes.txt")
    assert saved.value.path().read_text().split() == codes

    guest.open("/accounts/2fa/recovery-codes/")
    guest.check()
    assert not any(code in page.content() for code in codes)
    assert guest.page.request.get(
        guest.server.url + "/accounts/2fa/recovery-codes/download/"
    ).status in (403, 404)

    for works in (True, False):
        sign_out(page)
        enter(guest, newcomer)
        page.fill("[name=code]", codes[0])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state()
        assert (page.locator(".site-account details.menu").count() == 1) is works
        if not works:
            break


def test_new_recovery_codes_end_the_old_ones(guest: Watched, newcomer) -> None:
    page = guest.page
    _secret, old = add_app(guest)
    safely(guest, "/accounts/2fa/recovery-codes/generate/")
    guest.check()
    press(page, "main form button[type=submit]")
    new = kept_codes(guest)
    assert not set(old) & set(new)
    sign_out(page)
    enter(guest, newcomer)
    page.fill("[name=code]", old[1])
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("[role=alert]:not([hidden])")).to_be_visible()
    page.fill("[name=code]", new[1])
    press(page, "main form button[type=submit]")
    expect(page.locator(".site-account details.menu")).to_be_visible()


def test_the_app_is_switched_off(guest: Watched) -> None:
    add_app(guest)
    safely(guest, "/accounts/2fa/totp/deactivate/")
    guest.check()
    press(guest.page, "main form button[type=submit]")
    guest.check()
    assert guest.open("/accounts/2fa/").locator("a[href$='totp/activate/']").count() == 1


def test_signing_out_everywhere_else_ends_the_other_browser(visitor, guest, newcomer) -> None:
    elsewhere = visitor()
    enter(elsewhere, newcomer)
    page = guest.open("/accounts/sessions/")
    guest.check()
    assert page.locator("tbody tr").count() == 2
    assert "Chrome" in page.locator("tbody th").first.inner_text()
    press(page, "main form button[data-kind=danger]")
    assert guest.open("/accounts/sessions/").locator("tbody tr").count() == 1
    elsewhere.page.goto(guest.server.url + "/settings/profile")
    assert "/accounts/login/" in elsewhere.page.url
