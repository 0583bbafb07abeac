"""From nobody to a working token, in both languages, with every page checked on the way."""

import secrets

import pytest

from tests.browser.conftest import Watched
from tests.browser.steps import join, make_token

WORDS = {
    "en": {"lang": "en", "token": "Your new access token"},
    "zh": {"lang": "zh-Hans", "token": "新的访问令牌"},
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_somebody_joins_and_makes_a_token(visitor, language: str) -> None:
    watched: Watched = visitor(language)
    handle = "newcomer" + secrets.token_hex(3)
    page = watched.open("/accounts/signup/")
    assert page.locator("html").get_attribute("lang") == WORDS[language]["lang"]
    watched.check()
    join(watched, handle)
    token = make_token(watched)
    assert WORDS[language]["token"] in page.locator("h1").inner_text()
    answer = page.request.get(
        watched.server.url + "/api/whoami-v2", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.json()["name"] == handle
