"""The documents that ship with the house: site terms and community norms, as files in `texts/`."""

from pathlib import Path

from portal.agreements.models import DocumentVersion, Kind
from portal.agreements.publishing import Text, publish

TEXTS = Path(__file__).parent / "texts"
TITLES = {
    "site-terms": {"en": "Terms of use", "zh": "使用条款"},
    "community-norms": {"en": "Community norms", "zh": "社区规范"},
}


def read(name: str, titles: dict[str, str]) -> dict[str, Text]:
    """Return the texts of `name` that exist as files, by language, byte for byte."""
    found = {}
    for language, title in titles.items():
        for suffix in ("md", "txt"):
            path = TEXTS / f"{name}.{language}.{suffix}"
            if path.exists():
                text = path.read_bytes().decode()
                found[language] = Text(title, text, is_markdown=suffix == "md")
    return found


def load_site_documents() -> list[DocumentVersion]:
    """Publish version 1 of the terms and the norms where the site has none yet. Idempotent."""
    kinds = {"site-terms": Kind.TERMS, "community-norms": Kind.NORMS}
    return [publish(slug, kinds[slug], "1", read(slug, TITLES[slug])) for slug in TITLES]
