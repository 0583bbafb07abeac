"""Both languages are complete, and the catalogue is what the sources say."""

import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

from portal.site.extraction import LOCALES, SOURCES, extract

PLACES = re.compile(r"%\((\w+)\)|\{(\w+)\}|(%s)")


def catalogue(folder: Path, locale: str) -> Catalog:
    with (folder / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> list[Message]:
    return [message for message in catalogue(settings.BASE_DIR, locale) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def places(text: str) -> set[str]:
    return {"".join(found) for found in PLACES.findall(text)}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_translated(locale: str) -> None:
    empty = [m.id for m in messages(locale) if not all(forms(m.string))]
    assert empty == []
    assert [m.id for m in messages(locale) if m.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_the_places_of_values(locale: str) -> None:
    for message in messages(locale):
        wanted = places(forms(message.id)[-1])
        assert all(places(text) == wanted for text in forms(message.string)), message.id


def test_chinese_sentences_are_chinese() -> None:
    """Full-width stops and commas between Chinese characters; the glossary's words only."""
    wrong = re.compile(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(?:\s|$)|许可证|您")
    found = [text for m in messages("zh_Hans") for text in forms(m.string) if wrong.search(text)]
    assert found == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_extracting_again_leaves_no_difference(tmp_path: Path) -> None:
    """Somebody who changes a sentence runs `python -m portal.site.extraction`."""
    for name in (*SOURCES, "locale"):
        shutil.copytree(
            settings.BASE_DIR / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("*.pyc", "*.mo", "__pycache__"),
        )
    before = {locale: known(tmp_path, locale) for locale in LOCALES}
    extract(tmp_path)
    for locale in LOCALES:
        after = known(tmp_path, locale)
        assert after == before[locale], sorted(map(str, after ^ before[locale]))


def known(folder: Path, locale: str) -> set[tuple[str | None, str | tuple[str, ...]]]:
    return {
        (m.context, m.id if isinstance(m.id, str) else tuple(m.id))
        for m in catalogue(folder, locale)
        if m.id
    }
