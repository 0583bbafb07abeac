"""Feedback → proposal → vote → new norms → enforced setting → acknowledgement, by five members."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import LOCALES, Watched, sign_in, watch
from tests.support.server import ROOT, Server, serving

MEMBERS = ("maker", "voter", "outsider", "reader_zh", "admin")
CLAUSE, SETTING = "N5.1", "registry.person_gigabytes"
OFFSET = "COMMONHOLD_TEST_CLOCK_OFFSET"


class Community:
    """A portal whose clock can be moved on, and five members in browsers of their own."""

    def __init__(self, browser: Browser, server: Server, language: str) -> None:
        self.server, self.days = server, 0.0
        self.members = {name: self._enter(browser, name, language) for name in MEMBERS}

    def _enter(self, browser: Browser, name: str, language: str) -> Watched:
        context = browser.new_context(locale=LOCALES[language], reduced_motion="reduce")
        code = {"en": "en", "zh": "zh-hans"}[language]
        watched = watch(context.new_page(), self.server)
        sign_in(watched, name)
        context.add_cookies([{"name": "django_language", "value": code, "url": self.server.url}])
        return watched

    def later(self, days: float) -> None:
        """Move the portal's clock on and let the jobs do what is due."""
        self.days += days
        self.server.stop()
        self.server.extra[OFFSET] = str(self.days * 86400)
        self.server.start()
        self.jobs()

    def jobs(self) -> None:
        from governance.proposals import advancing
        from portal.clock import shifted
        from portal.events.sequencer import sequence

        with self.server.database(), shifted(dt.timedelta(days=self.days)):
            advancing.sweep()
            advancing.sweep()
            sequence()

    def trouble(self) -> list[str]:
        return [note for watched in self.members.values() for note in watched.trouble]


@pytest.fixture
def community(
    browser: Browser,
    portal_template: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    django_db_blocker: Any,
) -> Iterator[Community]:
    with django_db_blocker.unblock(), serving(portal_template, tmp_path / "data") as server:
        found = Community(browser, server, request.param)
        yield found
        for watched in found.members.values():
            watched.page.context.close()


LANGUAGES = ["en", pytest.param("zh", marks=pytest.mark.slow)]


@pytest.mark.parametrize("community", LANGUAGES, indirect=True)
def test_five_members_change_a_clause_and_a_setting(community: Community, tmp_path: Path) -> None:
    thread = give_feedback(community.members["voter"])
    proposal = propose(community.members["maker"], thread)
    for name in ("voter", "outsider"):
        page = community.members[name].open(proposal)
        page.locator('form[action$="/support"] button').click()
        page.wait_for_selector('form[action$="/support/withdraw"]')
    community.later(7.1)
    poll = vote(community, proposal)
    community.later(7.1)
    assert community.members["voter"].open(poll).locator("#result").is_visible()
    community.members["voter"].check()
    community.later(3.1)
    in_force(community.members["maker"], proposal)
    acknowledge(community.members["outsider"])
    recounted(community.members["voter"], poll, tmp_path / "poll.json")
    assert community.trouble() == []


def give_feedback(member: Watched) -> str:
    """Say on the clause's own link what is wrong with it; return the thread's address."""
    page = member.open("/norms/1/")
    page.locator(f'a[href$="/feedback/new?about=clause&target={CLAUSE}"]').click()
    page.locator("[name=title]").fill("Too long 太长")
    page.locator("[name=text]").fill("Nobody reads it. 没有人读。")
    page.locator("main form.form button").last.click()
    page.wait_for_selector("article[id^=post-]")
    member.check()
    return page.url.removeprefix(member.server.url)


def propose(member: Watched, thread: str) -> str:
    """Make a proposal of the thread, choose a setting too, and submit it."""
    page = member.open(thread)
    page.locator('a[href*="/proposals/new?feedback="]').click()
    page.locator("main summary").first.click()
    page.locator(f'[name=setting][value="{SETTING}"]').check()
    page.locator("main form[method=get] button").click()
    page.locator(f'[name="set-{SETTING}"]').fill("60")
    page.locator("[name=title]").fill("Be brief 简短")
    page.locator("[name=reasons]").fill("It is *long*. 太长了。")
    page.locator(f'[name="en-{CLAUSE}"]').fill("Be kind.")
    page.locator(f'[name="zh-{CLAUSE}"]').fill("与人为善。")
    member.check()
    page.locator("main form[method=post] button").last.click()
    page.locator('form[action$="/submit"] button').click()
    page.wait_for_selector('form[action$="/submit"]', state="detached")
    member.check()
    return page.url.removeprefix(member.server.url)


def vote(community: Community, proposal: str) -> str:
    """Everybody votes yes, the first after a no; return the poll's address."""
    for name in MEMBERS:
        page = community.members[name].open(proposal)
        page.locator('.banner a[href^="/polls/"]').click()
        page.locator("[name=choice][value=yes]").wait_for()
        if name == "maker":
            cast(page, "no")
        cast(page, "yes")
    community.members["maker"].check()
    return str(page.url).removeprefix(community.server.url)


def cast(page: Any, choice: str) -> None:
    page.locator(f"[name=choice][value={choice}]").check()
    with page.expect_navigation():
        page.locator('form[action$="/vote"] button').click()


def in_force(member: Watched, proposal: str) -> None:
    """The clause and the setting are what the proposal said, and both lead back to it."""
    page = member.open("/norms/2/?language=both")
    clause = page.locator(f'section[id="{CLAUSE}"]').inner_text()
    assert "Be kind." in clause and "与人为善。" in clause
    assert page.locator(f'aside a[href="{proposal}"]').is_visible()
    page = member.open(f"/norms/settings/{SETTING}/")
    assert "60" in page.locator("dl.definitions dd").first.inner_text()
    assert page.locator(f'.timeline a[href="{proposal}"]').is_visible()
    page = member.open("/norms/compare/1/2/")
    assert page.locator("ins").first.is_visible()
    member.check()


def acknowledge(member: Watched) -> None:
    """The banner asks, the page shows what changed, and one click records it."""
    page = member.open("/")
    page.locator('.site-banner a[href^="/agree/"]').click()
    assert page.locator("#changes").is_visible()
    member.check()
    page.locator("[name=agree]").check()
    page.locator("form.agree-form button").first.click()
    page.wait_for_url("**/settings/agreements")
    assert page.locator('.site-banner a[href^="/agree/"]').count() == 0


def recounted(member: Watched, poll: str, path: Path) -> None:
    """The stand-alone program recounts the export, and finds one changed byte."""
    answer = member.page.request.get(f"{member.server.url}{poll}export.json")
    path.write_bytes(answer.body())
    assert len(json.loads(path.read_text())["ballots"]) == len(MEMBERS)
    assert recount(path) == 0
    path.write_text(path.read_text().replace('"choice": "yes"', '"choice": "yet"', 1))
    assert recount(path) == 1


def recount(path: Path) -> int:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/verify/recount.py"), str(path)], capture_output=True
    )
    return done.returncode
