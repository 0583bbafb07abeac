"""What visitors do in several tests: join, agree, make a token, protect their account."""

import re
import secrets
from types import SimpleNamespace

from playwright.sync_api import CDPSession, Page

from tests.browser.conftest import Watched
from tests.support.codes import code_of


def join(watched: Watched, handle: str) -> None:
    """Sign up in the browser, confirm the mailed address, and accept terms and norms."""
    page = watched.open("/accounts/signup/")
    password = secrets.token_urlsafe(18)
    page.fill("[name=username]", handle)
    page.fill("[name=email]", f"{handle}@example.org")
    page.fill("[name=password1]", password)
    for box in page.locator("main input[type=checkbox][required]").all():
        assert not box.is_checked()
        box.check()
    submit(watched)
    watched.check()
    page.goto(mailed_link(watched, handle))
    watched.check()
    submit(watched)
    if "/login" in page.url:
        page.fill("[name=login]", handle)
        page.fill("[name=password]", password)
        submit(watched)
    agree_where_asked(watched)


def make_token(watched: Watched, name: str = "laptop") -> str:
    """Make a token that reads, in the settings; return it as the page shows it, once."""
    watched.open("/settings/tokens")
    watched.check()
    page = watched.open("/settings/tokens/new")
    watched.check()
    page.fill("[name=name]", name)
    page.locator("[name=role][value=read], select[name=role]").first.click()
    submit(watched)
    watched.check()
    token = page.locator("figure.code code").first.inner_text()
    assert re.fullmatch(r"hf_ch_\w{30,}", token)
    return token


def submit(watched: Watched) -> None:
    page = watched.page
    with page.expect_navigation():
        page.locator("main form[method=post] button:not([form])").first.click()


def mailed_link(watched: Watched, handle: str) -> str:
    """Return the address in the newest mail to this person, as their mailbox has it."""
    folder = watched.server.data / "mail"
    mails = [path.read_text() for path in sorted(folder.iterdir()) if handle in path.read_text()]
    found = re.search(r"https?://\S+/accounts/confirm-email/\S+", mails[-1])
    assert found is not None, mails[-1]
    return found.group()


def agree_where_asked(watched: Watched) -> None:
    """Read and accept the site's terms and norms, one page each; no box is ticked beforehand."""
    page = watched.page
    for _ in range(4):
        watched.open("/agree/")
        box = page.locator("main form[method=post] input[type=checkbox]")
        if box.count() == 0:
            return
        watched.check()
        assert not box.first.is_checked()
        box.first.check()
        submit(watched)


def enter(watched: Watched, person: SimpleNamespace) -> None:
    """Give name and password; what is asked after them is for the test."""
    watched.page.password = person.password  # type: ignore[attr-defined]
    page = watched.open("/accounts/login/")
    page.fill("[name=login]", person.username)
    page.fill("[name=password]", person.password)
    press(page, "main form button[type=submit]")


def safely(watched: Watched, path: str) -> Page:
    """Open a page that protects the account: it asks first whether it is still the same person."""
    page = watched.open(path)
    if "/reauthenticate/" in page.url:
        watched.check()
        page.fill("[name=password]", page.password)  # type: ignore[attr-defined]
        press(page, "main form button[type=submit]")
    assert path in page.url
    watched.check()
    return page


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).first.click()


def authenticator(page: Page, **wanted: object) -> tuple[CDPSession, str]:
    """Plug a device into this browser that holds passkeys and knows its owner's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **wanted,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, added["authenticatorId"]


def kept_codes(watched: Watched) -> list[str]:
    """Read the recovery codes, which stand on the page this one time."""
    watched.check()
    codes = watched.page.locator(".recovery code").inner_text().split()
    assert len(codes) == 10
    return codes


def add_passkey(watched: Watched) -> list[str]:
    page = safely(watched, "/accounts/2fa/webauthn/add/")
    watched.check()
    page.fill("[name=name]", "my laptop")
    page.check("[name=passwordless]")
    press(page, "#mfa_webauthn_add")
    return kept_codes(watched)


def start_app(watched: Watched) -> str:
    """Set up the authenticator app; return its secret."""
    page = safely(watched, "/accounts/2fa/totp/activate/")
    watched.check()
    secret = page.locator("figure.code code").inner_text().strip()
    page.fill("[name=code]", code_of(secret))
    press(page, "main form button.button[data-kind=primary]")
    return secret


def sign_out(page: Page) -> None:
    page.goto("/".join(page.url.split("/")[:3]) + "/accounts/logout/")
    press(page, "main form button[type=submit]")
