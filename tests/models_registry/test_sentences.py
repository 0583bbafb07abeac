"""Sentences of the readers of formats: English at once, any language later."""

import json

from django.utils.translation import gettext, override

from models_registry import telling
from models_registry.formats.sentences import Sentence, all_told, kept, told

FAULT = Sentence("the header has {size:,} bytes; {most:,} are allowed", size=2**25, most=2**24)
NESTED = Sentence("In {path} {fault}.", path="a{b}.safetensors", fault=FAULT)


def test_a_sentence_is_english_and_keeps_of_what_it_was_made() -> None:
    assert NESTED == "In a{b}.safetensors the header has 33,554,432 bytes; 16,777,216 are allowed."
    assert told(json.loads(json.dumps(NESTED.facts())), str) == NESTED
    assert Sentence.of(FAULT.facts()) == FAULT


def test_what_databases_refuse_is_replaced() -> None:
    name = json.loads(r'"a\u0000b\ud800"')
    said = Sentence("The tensor {name} is {quoted!r}.", name=name, quoted=name)
    assert said == "The tensor a�b� is 'a�b�'."
    assert b"u0000" not in json.dumps(said.facts()).encode()
    assert told(said.facts(), str).encode()


def test_it_is_told_in_the_language_of_whoever_reads() -> None:
    facts = json.loads(json.dumps(kept([NESTED, "exit 3"])))
    with override("zh-hans"):
        assert all_told(facts, gettext) == (
            "a{b}.safetensors：文件头有 33,554,432 字节；最多允许 16,777,216 字节。 exit 3"
        )
    lazily = telling.told(*facts)
    with override("zh-hans"):
        assert "文件头" in str(lazily)
    with override("en"):
        assert str(lazily) == f"{NESTED} exit 3"
