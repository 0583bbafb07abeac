"""Files from the browser with scripts: how far it is, what came of it, and what went wrong."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.steps import agree_where_asked


@pytest.fixture
def own_repo(signed_in) -> tuple[Watched, str]:
    """A browser of maker's, and the address of a new repo."""
    watched: Watched = signed_in("maker")
    agree_where_asked(watched)
    page, name = watched.open("/new"), "upload-" + secrets.token_hex(4)
    page.check("[name=kind][value=model]")
    page.fill("[name=name]", name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return watched, f"/maker/{name}"


def choose(watched: Watched, address: str, *files: tuple[str, bytes]) -> None:
    page = watched.open(f"{address}/upload")
    given = [{"name": n, "mimeType": "application/octet-stream", "buffer": b} for n, b in files]
    page.set_input_files("[name=files]", given)


def test_an_upload_shows_how_far_it_is_and_what_came_of_it(own_repo) -> None:
    watched, address = own_repo
    choose(watched, address, ("model.bin", secrets.token_bytes(3_000_000)), ("a.txt", b"a"))
    page = watched.page
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("form[data-upload] button[type=submit]")
        expect(page.locator("[data-upload-progress] progress")).to_be_visible()
    expect(page.locator(".messages .banner")).to_be_visible()
    assert page.url.endswith(f"{address}/tree/main")
    assert {"model.bin", "a.txt"} <= set(page.locator("tbody").inner_text().split())
    watched.check()


def test_a_refused_upload_says_why_and_keeps_the_page(own_repo) -> None:
    watched, address = own_repo
    choose(watched, address, ("a.txt", b"a"))
    page = watched.page
    page.fill("[name=folder]", "../outside")
    page.click("form[data-upload] button[type=submit]")
    expect(page.locator("[data-focus]")).to_be_focused()
    assert page.url.endswith(f"{address}/upload")


def test_a_broken_connection_is_said_and_can_be_tried_again(own_repo) -> None:
    watched, address = own_repo
    choose(watched, address, ("a.txt", b"a"))
    page = watched.page
    page.route(f"**{address}/upload", lambda route: route.abort())
    page.click("form[data-upload] button[type=submit]")
    expect(page.locator("[data-upload-failed]")).to_be_visible()
    expect(page.locator("form[data-upload] button[type=submit]")).to_be_enabled()


def test_a_card_is_previewed_in_place(own_repo) -> None:
    watched, address = own_repo
    page = watched.open(f"{address}/edit/README.md")
    watched.check()
    page.fill("[name=text]", "---\nlicense: mit\n---\n# Card\n\nIt is **bold**.\n")
    page.click("button[value=preview]")
    expect(page.locator("#preview article strong")).to_have_text("bold")
    assert page.url.endswith("/edit/README.md")
    assert page.input_value("[name=text]").startswith("---")
    watched.check()
    with page.expect_navigation():
        page.click("button[value=commit]")
    expect(page.locator("article.markdown strong")).to_have_text("bold")
    watched.check()
