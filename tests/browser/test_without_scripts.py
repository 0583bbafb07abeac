"""The main journeys with scripts switched off: every form is a form, every link a link."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watched
from tests.browser.steps import mailed_link
from tests.support.server import Server


@pytest.fixture
def bare(browser: Browser, portal_server: Server) -> Iterator[Watched]:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    yield Watched(context.new_page(), portal_server)
    context.close()


@pytest.fixture
def bare_as(bare: Watched) -> Callable[[str], Page]:
    """`bare_as("maker")` signs somebody of the cast in and accepts what the site asks."""

    def enter(name: str) -> Page:
        person = getattr(bare.server.people, name)
        page = bare.open("/accounts/login/")
        page.fill("[name=login]", person.username)
        page.fill("[name=password]", person.password)
        send(page)
        agree(bare)
        return page

    return enter


def send(page: Page, button: str = "main form[method=post] button:not([form])") -> None:
    with page.expect_navigation():
        page.locator(button).first.click()


def agree(bare: Watched) -> None:
    for _ in range(4):
        page = bare.open("/agree/")
        box = page.locator("main form[method=post] input[type=checkbox]")
        if box.count() == 0:
            return
        box.first.check()
        send(page, "main form.agree-form button[data-kind=primary]")


def new_repo(bare: Watched, name: str) -> str:
    page = bare.open("/new")
    page.check("[name=kind][value=model]")
    page.fill("[name=name]", name)
    page.check("[name=visibility][value=public]")
    send(page)
    assert page.url.endswith(f"/{name}")
    return page.url.removeprefix(bare.server.url)


def test_somebody_joins(bare: Watched) -> None:
    handle, password = "plain" + secrets.token_hex(4), secrets.token_urlsafe(18)
    page = bare.open("/accounts/signup/")
    page.fill("[name=username]", handle)
    page.fill("[name=email]", f"{handle}@example.org")
    page.fill("[name=password1]", password)
    page.check("[name=age_ok]")
    send(page)
    page.goto(mailed_link(bare, handle))
    send(page)
    agree(bare)
    assert bare.open("/settings/tokens").locator("h1").count() == 1


def test_a_token_is_made_and_revoked(bare: Watched, bare_as) -> None:
    page = bare_as("moderator")
    bare.open("/settings/tokens/new")
    name = "bare " + secrets.token_hex(4)
    page.fill("[name=name]", name)
    page.check("[name=role][value=read]")
    send(page)
    assert page.locator("figure.code code").first.inner_text().startswith("hf_ch_")
    bare.open("/settings/tokens")
    row = page.locator("tbody tr", has_text=name)
    row.locator("button[popovertarget]").first.click()  # a popover needs no script
    with page.expect_navigation():
        row.locator("dialog button[data-kind=danger]").click()
    assert page.locator("tbody tr", has_text=name).count() == 0


def test_files_are_uploaded_and_a_card_is_written_previewed_and_saved(
    bare: Watched, bare_as
) -> None:
    page = bare_as("maker")
    address = new_repo(bare, "bare-" + secrets.token_hex(4))
    bare.open(f"{address}/upload")
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"one\ntwo\n"}
    page.set_input_files("[name=files]", [file])
    page.fill("[name=folder]", "docs")
    send(page, "form[data-upload] button[type=submit]")
    bare.open(f"{address}/blob/main/docs/notes.txt")
    assert "two" in page.locator("code.lines").inner_text()

    bare.open(f"{address}/edit/README.md")
    page.fill("[name=text]", "---\nlicense: mit\n---\n# Bare\n\nIt is **bold**.\n")
    send(page, "button[value=preview]")
    assert page.locator("#preview strong").inner_text() == "bold"
    page.fill("[name=summary]", "Write the card")
    send(page, "button[value=commit]")
    assert page.locator("article.markdown strong").inner_text() == "bold"
    bare.open(f"{address}/activity")
    assert "Write the card" in page.locator(".timeline").inner_text()


def test_a_gate_is_asked_and_opened(bare: Watched, bare_as) -> None:
    page = bare_as("maker")
    address = new_repo(bare, "gated-" + secrets.token_hex(4))
    bare.open(f"{address}/settings")
    page.check("[name=gated][value=manual]")
    send(page, "main form button[data-kind=primary]")
    bare.open("/accounts/logout/")
    send(page)

    bare_as("voter")
    bare.open(address)
    send(page, "form[action$='/ask-access'] button")
    assert page.locator(".banner[data-kind=info]").count() == 1
    bare.open("/settings/access")
    assert address.removeprefix("/") in page.locator("tbody").inner_text()
    bare.open("/accounts/logout/")
    send(page)

    bare_as("maker")
    bare.open(f"{address}/requests")
    send(page, "button[value=accept]")
    bare.open(f"{address}/requests?state=accepted")
    assert "voter" in page.locator("article.card").inner_text()


def test_settings_are_saved_and_a_repo_is_watched(bare: Watched, bare_as) -> None:
    page = bare_as("voter")
    bare.open("/settings/profile")
    page.fill("[name=bio]", "I vote.")
    send(page)
    assert page.locator("[role=status] .banner").count() == 1
    assert "I vote." in bare.open("/voter").locator(".page-header").inner_text()
    bare.open("/settings/notices")
    send(page, "main form button[data-kind=primary]")
    assert page.locator("[role=status] .banner").count() == 1
