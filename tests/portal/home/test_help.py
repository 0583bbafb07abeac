"""The help page: every app says how its part is done."""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db
SECTIONS = ("account", "files", "scores", "decisions", "data")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_app_has_its_section(client: Client, language: str) -> None:
    page = client.get("/docs/", headers={"accept-language": language}).content.decode()
    places = [page.index(f'<section class="section prose" id="{name}">') for name in SECTIONS]
    assert places == sorted(places)
    assert f"export HF_ENDPOINT={settings.PUBLIC_URL}\nhf auth login\n" in page


def test_the_footer_leads_to_it(client: Client) -> None:
    assert '<a href="/docs/">Help</a>' in client.get("/").content.decode()
