"""From nobody to a working token, in both languages, with every page checked on the way."""

import re
import secrets

import pytest

from tests.browser.conftest import Watched

WORDS = {
    "en": {"lang": "en", "token": "Your new access token"},
    "zh": {"lang": "zh-Hans", "token": "新的访问令牌"},
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_somebody_joins_and_makes_a_token(visitor, language: str) -> None:
    watched: Watched = visitor(language)
    handle, password = "newcomer" + secrets.token_hex(3), secrets.token_urlsafe(18)
    page = watched.open("/accounts/signup/")
    assert page.locator("html").get_attribute("lang") == WORDS[language]["lang"]
    watched.check()
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

    watched.open("/settings/tokens")
    watched.check()
    watched.open("/settings/tokens/new")
    watched.check()
    page.fill("[name=name]", "laptop")
    page.locator("[name=role][value=read], select[name=role]").first.click()
    submit(watched)
    watched.check()
    assert WORDS[language]["token"] in page.locator("h1").inner_text()
    token = page.locator("figure.code code").first.inner_text()
    assert re.fullmatch(r"hf_ch_\w{30,}", token)
    answer = page.request.get(
        watched.server.url + "/api/whoami-v2", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.json()["name"] == handle


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
