"""What visitors do in several tests: join, agree, make a token."""

import re
import secrets

from tests.browser.conftest import Watched


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
