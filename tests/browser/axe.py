"""axe-core on a page, without touching its content policy."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async (tags) => {
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`));
}
"""


@cache
def source() -> str:
    return SOURCE.read_text()


def findings(page: Page) -> list[str]:
    """Return what breaks WCAG 2.2 AA or good practice on the page, one line each."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(source())
    return page.evaluate(RUN, RULES)
