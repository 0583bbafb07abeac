"""Panels: how an app above the foundation shows something on a page below it.

A page has slots. An app's `panels.py` registers a loader for a slot; the page asks each loader once
for all objects it shows, so a list of 30 costs as many queries as one. Slots in use:

`home.main`, `home.aside`, `site.banner`, `help` (no objects) · `site.account` (the signed-in
person) · `repo.header`, `repo.aside`, `repo.main`, `repo.row`, `repo.banner` (repos) ·
`person.main`, `organisation.main` · `agreement.changes` (the version of a document that waits to be
accepted).

A loader gets the objects and the actor and returns one context per object's primary key; an
object that is left out shows nothing. For slots without objects it gets `()` and returns
`{None: context}`. A room of the foundation registers in its own `panels.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.context import Context
from django.template.loader import get_template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from portal.access import Actor

Contexts = Mapping[Any, Mapping[str, Any]]
Loader = Callable[[Sequence[Any], Actor], Contexts]


@dataclass(frozen=True)
class Panel:
    slot: str
    order: int
    template: str
    load: Loader


SLOTS: dict[str, list[Panel]] = {}


def panel(slot: str, order: int, *, template: str) -> Callable[[Loader], Loader]:
    """Register a loader for a slot; lower orders come first. Loading a module twice is harmless."""

    def register(load: Loader) -> Loader:
        found = [p for p in SLOTS.get(slot, []) if p.template != template]
        SLOTS[slot] = sorted([*found, Panel(slot, order, template, load)], key=lambda p: p.order)
        return load

    return register


@dataclass(frozen=True)
class Loaded:
    """What the panels of one slot found for a list of objects."""

    found: Sequence[tuple[Panel, Contexts]]

    def render(self, obj: Any, context: Context) -> SafeString:
        key = getattr(obj, "pk", None)
        pieces = []
        for shown, contexts in self.found:
            values = contexts.get(key)
            if values is not None:
                request = getattr(context, "request", None)
                values = {"object": obj, **values}
                pieces.append((get_template(shown.template).render(values, request),))
        return format_html_join("", "{}", pieces)


def load(slot: str, objects: Sequence[Any], actor: Actor) -> Loaded:
    """Ask every panel of a slot once."""
    return Loaded([(panel, panel.load(objects, actor)) for panel in SLOTS.get(slot, ())])


def render(slot: str, obj: Any, actor: Actor, context: Context) -> SafeString:
    """Render a slot for one object, or for none."""
    objects = () if obj is None else (obj,)
    return load(slot, objects, actor).render(obj, context)
