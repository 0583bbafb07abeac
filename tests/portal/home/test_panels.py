"""Panels: one question per slot and list, and nothing where nothing is found."""

from types import SimpleNamespace

import pytest
from django.template import engines

from portal import panels


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(panels, "SLOTS", {})
    asked: list[int] = []

    @panels.panel("test.row", 20, template="ui/badge.html")
    def second(objects, actor):
        asked.append(len(objects))
        return {o.pk: {"label": f"<{o.pk}>"} for o in objects if o.pk != 2}

    @panels.panel("test.row", 10, template="ui/stat.html")
    def first(objects, actor):
        return {o.pk: {"label": "first", "value": o.pk} for o in objects if o.pk == 1}

    return asked


def render(source: str, **values: object) -> str:
    return engines["django"].from_string(source).render(values)


def test_a_list_is_asked_for_once(slot: list[int]) -> None:
    things = [SimpleNamespace(pk=n) for n in range(30)]
    source = (
        '{% load_panels "test.row" things as loaded %}'
        "{% for t in things %}{% panel_of loaded t %}|{% endfor %}"
    )
    pieces = render(source, things=things).split("|")
    assert slot == [30]
    assert "&lt;3&gt;" in pieces[3] and pieces[2].strip() == ""
    assert pieces[1].index("first") < pieces[1].index("&lt;1&gt;")  # by order, not by registration


def test_an_empty_slot_shows_nothing(slot: list[int]) -> None:
    assert render('{% panels "test.nobody" %}') == ""


def test_registering_again_replaces(slot: list[int]) -> None:
    panels.panel("test.row", 5, template="ui/badge.html")(lambda objects, actor: {})
    assert [p.order for p in panels.SLOTS["test.row"]] == [5, 10]
