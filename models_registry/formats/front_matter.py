"""The YAML block at the top of a model card, parsed without trust.

Anchors, aliases, tags, deep nesting and long documents are refused before anything is built, so
no document can grow while it is read. Dates stay text; the result is plain JSON.
"""

import math
import re
from typing import Any

import yaml

LONGEST = 128 * 2**10  # characters
DEEPEST = 20
MOST_NODES = 20_000
LONGEST_NUMBER = 100  # characters

_BLOCK = re.compile(r"\A\s*---[ \t]*\r?\n(?P<yaml>.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


class BadFrontMatter(ValueError):
    """The block cannot be read; the message says why and where, in English as parsers speak."""


class _Loader(yaml.SafeLoader):
    """YAML's core types without dates: `2024-01-01` is the text that was written.

    So are numbers to the base 60 (`12:30`), and those that no machine counts with: the arithmetic
    of a number of 100,000 digits would take longer than the page may.
    """

    def construct_yaml_int(self, node: Any) -> Any:
        return node.value if _is_text(node.value) else super().construct_yaml_int(node)

    def construct_yaml_float(self, node: Any) -> Any:
        return node.value if _is_text(node.value) else super().construct_yaml_float(node)


def _is_text(number: str) -> bool:
    return ":" in number or len(number) > LONGEST_NUMBER


for _kind in ("int", "float"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:{_kind}", getattr(_Loader, f"construct_yaml_{_kind}")
    )


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def split(text: str) -> tuple[str, str]:
    """Return (YAML block, rest) of a card; the block is "" where there is none."""
    match = _BLOCK.match(text)
    return (match["yaml"], text[match.end() :]) if match else ("", text)


def _check_events(block: str) -> None:
    depth = 0
    for nodes, event in enumerate(yaml.parse(block, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadFrontMatter("anchors and aliases are not allowed")
        if getattr(event, "tag", None):
            raise BadFrontMatter("tags are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise BadFrontMatter(f"more than {DEEPEST} levels deep")
        if nodes > MOST_NODES:
            raise BadFrontMatter(f"more than {MOST_NODES} nodes")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable(str(key)): _plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_plain(below) for below in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return _storable(value) if isinstance(value, str) else value
    return _storable(str(value))


def _storable(text: str) -> str:
    """Return a text that every database keeps: no NUL, and no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()


def parse(text: str) -> dict[str, Any]:
    """Return the front matter of a card as plain JSON; raises `BadFrontMatter`."""
    block, _rest = split(text)
    value = document(block)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadFrontMatter("the block must be a mapping of names to values")
    return value


def document(block: str) -> Any:
    """Return a YAML document as plain JSON, None for an empty one; raises `BadFrontMatter`."""
    if len(block) > LONGEST:
        raise BadFrontMatter(f"longer than {LONGEST} characters")
    if not block.strip():
        return None
    try:
        _check_events(block)
        # Safe: a subclass of SafeLoader, and every tag was refused above.
        value = yaml.load(block, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadFrontMatter(" ".join(str(error).split())[:500]) from None
    return _plain(value)
