"""The frame of every page: policy, accessibility, language, theme, and life without scripts."""

import pytest

LOOKS = [
    (language, theme, width)
    for language in ("en", "zh")
    for theme in ("light", "dark")
    for width in (1280, 390)
]
PAGES = {
    "/": 200,
    "/styleguide": 200,
    "/accounts/login/": 200,
    "/accounts/signup/": 200,
    "/accounts/password/reset/": 200,
    "/nobody/nothing": 404,
}


@pytest.mark.parametrize("language, theme, width", LOOKS)
def test_pages_are_accessible_and_keep_the_policy(visitor, language, theme, width) -> None:
    watched = visitor(language, theme, width)
    for path, status in PAGES.items():
        watched.open(path, status=status)
        watched.check()


def test_a_broken_page_would_be_seen(visitor) -> None:
    """The three alarms ring: policy, axe, sideways scrolling."""
    watched = visitor()
    page = watched.open("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')"
    )
    page.wait_for_timeout(100)
    assert any("style-src" in note for note in watched.trouble)
    with pytest.raises(AssertionError, match="button-name"):
        watched.check()
    watched.trouble.clear()


def test_the_language_switch_stays_and_says_so(visitor) -> None:
    watched = visitor("en")
    page = watched.open("/styleguide")
    page.get_by_role("button", name="简体中文").click()
    page.wait_for_load_state()
    assert page.url.endswith("/styleguide")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    watched.open("/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_the_theme_switch_works_at_once_and_is_kept(visitor) -> None:
    watched = visitor(theme="light")
    page = watched.open("/")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    with page.expect_response(lambda answer: answer.url.endswith("/theme")):
        page.locator("[data-theme-switch] [value=dark]").click()
    assert page.evaluate(paper) != light
    watched.open("/styleguide")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_pages_work_without_scripts(browser, portal_server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(portal_server.url + "/")
    page.locator("[data-theme-switch] [value=dark]").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("button.copy").first.is_hidden()
    context.close()


SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.shifted += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("path", ["/", "/models", "/accounts/signup/", "/styleguide"])
def test_a_page_is_light_stands_still_and_asks_nobody_else(visitor, path) -> None:
    watched = visitor()
    page, answers = watched.page, []
    page.add_init_script(SHIFTS)
    page.on("response", lambda answer: answers.append(answer))
    watched.open(path)
    page.wait_for_load_state("networkidle")
    assert {answer.url.split("/")[2] for answer in answers} == {watched.server.url.split("/")[2]}
    assert sum(len(answer.body()) for answer in answers) < 200_000
    assert page.evaluate("window.shifted") < 0.01


def test_the_keyboard_reaches_the_content_first(visitor) -> None:
    watched = visitor()
    page = watched.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
