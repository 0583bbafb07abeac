"""The main journey with a keyboard alone: Tab, Space, Enter, Escape and letters."""

import secrets

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched

SHOWN = """
() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const middle = box.y + Math.min(box.height, 40) / 2;
  const above = document.elementFromPoint(box.x + box.width / 2, middle);
  const line = getComputedStyle(at);
  return {
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    covered: !!above?.closest(".site-header") && !at.contains(above) && !above.contains(at),
    ring: line.outlineStyle !== "none" && parseFloat(line.outlineWidth) > 0,
  };
}
"""


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until `selector` has the focus; everything on the way shows that it has it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue
        looks = page.evaluate(SHOWN)
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert looks["seen"] and not looks["covered"], where
        assert looks["ring"] or page.evaluate("!!document.activeElement.closest('.card')"), where
        if page.evaluate("css => document.activeElement.matches(css)", selector):
            return
    raise AssertionError(f"{selector} was not reached with Tab")


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def test_sign_in_settings_and_a_repo_by_keyboard_alone(visitor) -> None:
    watched: Watched = visitor()
    person = watched.server.people.voter
    page = watched.open("/")
    tab_to(page, "a[href='/accounts/login/']")
    press(page, "Enter")
    tab_to(page, "[name=login]")
    page.keyboard.type(person.username)
    tab_to(page, "[name=password]")
    page.keyboard.type(person.password)
    press(page, "Enter")

    for _ in range(4):  # terms and norms: the box, then the button
        watched.open("/agree/")
        if page.locator("main form[method=post] input[type=checkbox]").count() == 0:
            break
        tab_to(page, "main form input[type=checkbox]")
        page.keyboard.press("Space")
        tab_to(page, "main form button[data-kind=primary]")
        press(page, "Enter")

    watched.open("/")
    tab_to(page, "details.menu > summary")
    page.keyboard.press("Enter")
    expect(page.locator("details.menu[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    page.keyboard.press("Enter")
    tab_to(page, "a[href='/settings/profile']")
    press(page, "Enter")
    tab_to(page, "[name=display_name]")
    page.keyboard.type("Ada")
    press(page, "Enter")
    expect(page.locator("[role=status] .banner")).to_be_visible()

    name = "keys-" + secrets.token_hex(4)
    watched.open("/new")
    tab_to(page, "[name=kind]")
    tab_to(page, "[name=name]")
    page.keyboard.type(name)
    press(page, "Enter")
    assert page.url.endswith(f"/{person.username}/{name}")
    watched.check()
    tab_to(page, ".use > summary")
    page.keyboard.press("Enter")
    tab_to(page, ".use .copy")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("Copied.")
    page.keyboard.press("Escape")

    watched.open(f"/{person.username}/{name}/settings")
    tab_to(page, "[popovertarget=delete-repo]")
    page.keyboard.press("Enter")
    expect(page.locator("#delete-repo")).to_be_visible()
    tab_to(page, "#delete-repo [name=confirm]")
    page.keyboard.type(f"{person.username}/{name}")
    press(page, "Enter")
    assert page.url.endswith("/models")
