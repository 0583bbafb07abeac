"""Who knows something about people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.people.models import Person

FILES = "_files"
Export = Callable[["Person"], dict[str, Any]]
Erase = Callable[["Person"], None]


@dataclass(frozen=True)
class Contribution:
    export: Export | None
    erase: Erase | None


REGISTRY: dict[str, Contribution] = {}


def contribute(name: str, *, export: Export | None = None, erase: Erase | None = None) -> None:
    """Register a part of the archive, and how it is forgotten.

    `export(person)` returns what becomes `name.json`: texts, numbers, lists, dates; under the key
    `_files` it may return further files, path to text. `erase(person)` runs in the transaction of
    the erasure, once while the person still has their name and once after; it must bear that.
    """
    REGISTRY[name] = Contribution(export, erase)
