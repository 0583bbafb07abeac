"""Chromium on a real portal. A page that breaks the policy or logs an error fails its test.

`visitor(language=, theme=, width=)` opens a browser, `signed_in(name, ...)` one with a session.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.axe import findings
from tests.support.server import Server, portal_server

__all__ = ["portal_server"]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.noteViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


def chromium() -> str | None:
    return os.environ.get("COMMONHOLD_CHROMIUM") or shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium()
    if path is None:
        if os.environ.get("COMMONHOLD_REQUIRE_ALL"):
            pytest.fail("Chromium is missing: install Debian's package chromium.")
        pytest.skip("Chromium is not installed")
    return {**browser_type_launch_args, "executable_path": path, "args": list(FLAGS)}


@dataclass
class Watched:
    """A page of a browser of its own, and what went wrong on it."""

    page: Page
    server: Server
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200) -> Page:
        answer = self.page.goto(self.server.url + path)
        assert answer is not None and answer.status == status, f"{path} answered {answer}"
        return self.page

    def check(self) -> None:
        """Fail on an axe finding, sideways scrolling of the page, or anything noted so far."""
        where = self.page.url.removeprefix(self.server.url)
        assert findings(self.page) == [], where
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{where} scrolls sideways by {wide} px"
        assert self.trouble == [], where


@pytest.fixture
def visitor(browser: Browser, portal_server: Server) -> Iterator[Callable[..., Watched]]:
    """`visitor(language="en", theme="light", width=1280)` opens a browser nobody signed in to."""
    opened: list[Watched] = []

    def visit(language: str = "en", theme: str = "light", width: int = 1280) -> Watched:
        context = browser.new_context(
            locale=LOCALES[language],
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        )
        watched = watch(context.new_page(), portal_server)
        opened.append(watched)
        return watched

    yield visit
    for watched in opened:
        watched.page.context.close()
    assert [note for watched in opened for note in watched.trouble] == []


@pytest.fixture
def signed_in(visitor: Callable[..., Watched]) -> Callable[..., Watched]:
    """`signed_in("maker", width=390)` opens a browser of somebody of the cast."""

    def enter(name: str, **looks: Any) -> Watched:
        watched = visitor(**looks)
        sign_in(watched, name)
        return watched

    return enter


def sign_in(watched: Watched, name: str) -> None:
    person = getattr(watched.server.people, name)
    page = watched.open("/accounts/login/")
    page.locator("[name=login]").fill(person.username)
    page.locator("[name=password]").fill(person.password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_selector(".site-account details.menu")


def watch(page: Page, server: Server) -> Watched:
    """Listen to everything a page may complain about."""
    watched = Watched(page, server)
    page.expose_function("noteViolation", lambda text: watched.trouble.append(f"policy: {text}"))
    page.add_init_script(LISTEN)
    page.on("pageerror", lambda error: watched.trouble.append(f"script: {error}"))
    page.on("console", lambda message: _note(watched, message))
    return watched


def _note(watched: Watched, message: ConsoleMessage) -> None:
    # A page that is meant to answer 404 says so here; its status is asserted where it is opened.
    if message.type == "error" and "Failed to load resource" not in message.text:
        watched.trouble.append(f"console: {message.text}")
