"""A picture of every page, in both languages and themes, wide and narrow: `var/screenshots/`."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import guarded
from tests.browser.conftest import LOCALES, Watched, sign_in, watch
from tests.browser.routes import NOT_PAGES, PAGES, STATES, Shot, named
from tests.browser.steps import press
from tests.support.server import ROOT, Server, serving

FOLDER = ROOT / "var" / "screenshots"
LOOKS = [
    (language, theme, width)
    for language in LOCALES
    for theme in ("light", "dark")
    for width in (1280, 390)
]


def test_every_named_page_is_looked_at() -> None:
    names = dict(named())
    assert "" not in names, f"an address without a name: {names.get('')}"
    unknown = set(names) - set(PAGES) - set(NOT_PAGES)
    assert unknown == set(), "give these a Shot in tests/browser/routes.py, or say why not"
    assert set(PAGES) | set(NOT_PAGES) <= set(names), "these addresses are gone"


@pytest.fixture(scope="module")
def world(
    portal_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[str, str]]]:
    """A portal with content of every kind."""
    with serving(portal_template, tmp_path_factory.mktemp("world") / "data") as server:
        made = subprocess.run(
            [sys.executable, "-m", "tests.browser.world"],
            cwd=ROOT,
            env=server.environment,
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        yield server, json.loads(made.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def somebody_guarded(browser: Browser, world) -> SimpleNamespace:
    watched = watch(browser.new_context(locale="en-GB").new_page(), world[0])
    person = guarded.make(watched)
    watched.page.context.close()
    return person


@pytest.mark.slow
@pytest.mark.parametrize("language, theme, width", LOOKS)
def test_pictures_of_every_page(
    browser: Browser, world, somebody_guarded, language, theme, width
) -> None:
    server, known = world[0], world[1] | {"passkey": somebody_guarded.passkey}
    looked: dict[str, Watched] = {}
    trouble: list[str] = []
    for name, shot in {**PAGES, **STATES}.items():
        if shot.who not in looked:
            looked[shot.who] = _visit(browser, server, (language, theme, width))
            _enter(looked[shot.who], shot.who, somebody_guarded)
        trouble += _picture(looked[shot.who], name, shot, known, f"{language}-{theme}-{width}")
    for watched in looked.values():
        watched.page.context.close()
    assert not trouble, "\n".join(trouble)


@pytest.mark.slow
@pytest.mark.parametrize(
    "who, look", [("maker", ("en", "light", 1280)), ("moderator", ("zh", "dark", 390))]
)
def test_a_secret_receipt_is_looked_at_the_once_that_it_is_shown(
    browser: Browser, world, who, look
) -> None:
    server, known = world
    watched = _visit(browser, server, look)
    sign_in(watched, who)
    address = f"/polls/{known['secret']}/"
    page = watched.open(address)
    page.locator("main form [name=choice]").first.check()
    press(page, "main form .actions button")
    assert _nonces(page) == 1
    watched.check()
    assert _nonces(watched.open(address)) == 0
    watched.check()
    watched.page.context.close()


def _nonces(page: Page) -> int:
    said = page.locator("dl.definitions dd.mono").all_inner_texts()
    return sum(len(text.strip()) == 32 for text in said)


def _visit(browser: Browser, server: Server, look: tuple[str, str, int]) -> Watched:
    language, theme, width = look
    context = browser.new_context(
        locale=LOCALES[language],
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    return watch(context.new_page(), server)


def _enter(watched: Watched, who: str, somebody_guarded: SimpleNamespace) -> None:
    if who in ("guarded", "halfway"):
        guarded.sign_in(watched, somebody_guarded, halfway=who == "halfway")
    elif who:
        watched.page.password = getattr(watched.server.people, who).password  # type: ignore[attr-defined]
        sign_in(watched, who)


def _destination(shot: Shot, known: dict[str, str]) -> str:
    """Return the pattern of the address that is looked at: a page that sends away shows nothing."""
    return shot.leads_to or re.escape(urlsplit(shot.path.format(**known)).path)


def _picture(
    watched: Watched, name: str, shot: Shot, known: dict[str, str], look: str
) -> list[str]:
    try:
        page = watched.open(shot.path.format(**known), status=shot.status)
        if "/reauthenticate/" in page.url and "/reauthenticate/" not in shot.path:
            page.fill("[name=password]", page.password)  # type: ignore[attr-defined]
            press(page, "main form button[type=submit]")
        assert re.fullmatch(_destination(shot, known), urlsplit(page.url).path), (
            f"it leads to {page.url}"
        )
        target = FOLDER / look / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target, full_page=True)
        watched.check()
    except AssertionError as error:
        watched.trouble.clear()
        return [f"{name} ({look}): {error}"]
    return []
