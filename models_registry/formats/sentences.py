"""Sentences made where nobody knows yet in which language they will be read.

What reads formats finds a fault long before a person sees it, often in another process. A sentence
is English at once, for logs and tests, and keeps of what it was made, to be told in any language.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Facts = Mapping[str, Any]

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


class Sentence(str):
    """An English sentence, `template` with its `values`: text, numbers, lists and sentences.

    Import it as `_`: then the template is gathered for translation. What members wrote may be among
    the values: databases refuse a NUL, or half of a surrogate pair, in it, which give way to `�`.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> "Sentence":
        told = {name: _storable(value) for name, value in values.items()}
        made = super().__new__(cls, template.format(**told))
        made.template, made.values = template, told
        return made

    @classmethod
    def of(cls, facts: Facts) -> "Sentence":
        """Return the sentence that another process told of, one without others in it."""
        return cls(facts["template"], **facts["values"])

    def facts(self) -> dict[str, Any]:
        """Return what `told` takes, as JSON can hold it."""
        return {"template": self.template, "values": {k: _plain(v) for k, v in self.values.items()}}


class Fault(ValueError):
    """Something breaks a rule; `said` tells which."""

    def __init__(self, said: Sentence):
        super().__init__(said)
        self.said = said


def told(facts: Facts, translate: Callable[[str], str]) -> str:
    """Return a sentence in the language that `translate` knows; `facts`: of our own making."""
    values = {
        name: told(value, translate) if isinstance(value, Mapping) else value
        for name, value in facts["values"].items()
    }
    return translate(facts["template"]).format(**values)


def kept(parts: Iterable[str]) -> list[str | dict[str, Any]]:
    """Return what `all_told` takes of sentences, and of text that is in no language of ours."""
    return [_plain(part) for part in parts]


def all_told(parts: Iterable[str | Facts], translate: Callable[[str], str]) -> str:
    return " ".join(part if isinstance(part, str) else told(part, translate) for part in parts)


def _storable(value: Any) -> Any:
    if type(value) is not str:
        return value
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def _plain(value: Any) -> Any:
    return value.facts() if isinstance(value, Sentence) else _storable(value)
