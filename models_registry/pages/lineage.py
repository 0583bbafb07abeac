"""What a repo stands on, and how much of it is its base's: tensor by tensor, as table and picture.

Only bases that the viewer may see are compared, and only after the right and the gate of both.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from governance.pictures.shapes import Picture, Rect, Text, short
from models_registry import gate, lineage, revisions
from models_registry.comparing import compared
from models_registry.models import BaseLink, Repo
from models_registry.pages.card import derived
from models_registry.pages.loading import address, frame, load
from models_registry.revisions import RevisionNotFound
from models_registry.sharing import Layer, Row, State, divided, layers
from portal.access import Actor, require

TENSORS_SHOWN = 2000
LAYERS_SHOWN = 200
WIDTH, HEIGHT, WORDS, NARROWEST = 340.0, 140.0, 24.0, 4.0
STACK = (State.UNCHANGED, State.UNKNOWN, State.NEW, State.CHANGED)  # from the ground up


@require_safe
def page(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    actor = Actor.of(request)
    bases = lineage.bases_of(repo, actor)
    base = _chosen(bases, request.GET.get("base", ""))
    context = {
        **frame(repo, actor, "lineage"),
        "bases": [_told(repo, link) for link in bases],
        "base": base,
        "derived": derived(repo, actor),
        **(_beside(actor, repo, base) if base else {}),
    }
    return render(request, "models_registry/lineage.html", context)


def _chosen(bases: Iterable[BaseLink], wanted: str) -> Repo | None:
    """Return the base that was asked for, else the first: of those that the viewer may see."""
    seen = [link.base for link in bases if link.base is not None]
    asked = [base for base in seen if base.full_name == wanted]
    return next(iter([*asked, *seen]), None)


def _told(repo: Repo, link: BaseLink) -> dict[str, Any]:
    compare = address(repo, "lineage", base=link.base.full_name) if link.base else ""
    return {"link": link, "compare": compare}


def _beside(actor: Actor, repo: Repo, base: Repo) -> dict[str, Any]:
    try:
        for side in (repo, base):
            require(actor, "download", side)
            gate.check(actor, side)
        rows = compared(revisions.resolve(repo), revisions.resolve(base))
    except gate.Gated as refusal:
        return {"refusal": refusal, "refused": side}
    except RevisionNotFound:
        rows = None
    return {} if rows is None else _shown(rows)


def _shown(rows: Sequence[Row]) -> dict[str, Any]:
    found = layers(rows)
    bytes_of = divided(rows)
    total = sum(bytes_of.values())
    return {
        "rows": rows,
        "total": total,
        "bytes_of": {state.value: size for state, size in bytes_of.items()},
        # Cut, not rounded: what differs in one tensor never reads as the whole.
        "share": math.floor(1000 * bytes_of[State.UNCHANGED] / total) / 1000 if total else 0,
        "counts": _counts(rows),
        "pictures": [_picture(found[:LAYERS_SHOWN])],
        "layers": _cut(found[:LAYERS_SHOWN]),
        "more": len(found) - LAYERS_SHOWN,
        "words": words(),
    }


def words() -> dict[str, str]:
    return {
        State.UNCHANGED.value: pgettext("of a tensor", "unchanged"),
        State.CHANGED.value: pgettext("of a tensor", "changed"),
        State.NEW.value: pgettext("of a tensor", "new"),
        State.GONE.value: pgettext("of a tensor", "gone"),
        State.UNKNOWN.value: pgettext("of a tensor", "not known"),
    }


def _counts(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return how many tensors are of each state; "not known" only where there are some."""
    counts = {
        state: sum(row.state == state for row in rows)
        for state in (State.UNCHANGED, State.CHANGED, State.NEW, State.GONE, State.UNKNOWN)
    }
    named = words()
    return [(named[state], n) for state, n in counts.items() if n or state != State.UNKNOWN]


def _cut(found: Sequence[Layer]) -> list[dict[str, Any]]:
    """Return the layers with as many of their tensors as one page bears."""
    named, room, shown = words(), TENSORS_SHOWN, []
    for layer in found:
        rows = layer.rows[:room]
        room -= len(rows)
        cells = [(row, named[row.state], "×".join(map(str, row.shape))) for row in rows]
        shown.append({"layer": layer, "rows": cells, "more": len(layer.rows) - len(rows)})
    return shown


def _picture(found: Sequence[Layer]) -> Picture:
    """Draw a column for each layer, its bytes stacked by what became of them."""
    drawn = [layer for layer in found if layer.size]
    width = max(WIDTH / max(len(drawn), 1), NARROWEST)
    right = width * len(drawn)
    picture = Picture(
        _("Each column is a layer, from the first to the last"),
        max(WIDTH, right),
        HEIGHT + 3 * WORDS,
    )
    for place, layer in enumerate(drawn):
        picture.rects.extend(_column(layer, place * width, width))
    if drawn:
        picture.texts.append(Text(0, HEIGHT + WORDS / 2, short(drawn[0].name)))
    if len(drawn) > 1:
        picture.texts.append(Text(right, HEIGHT + WORDS / 2, short(drawn[-1].name), anchor="end"))
    for state, x, y in _legend():
        picture.rects.append(Rect(x + 1, y - 6, 12, 12, state.value))
        picture.texts.append(Text(x + 20, y, words()[state]))
    return picture


def _column(layer: Layer, x: float, width: float) -> list[Rect]:
    named, rects, y = words(), [], HEIGHT
    for state in STACK:
        part = layer.bytes_of[state] / layer.size
        if part:
            y -= part * HEIGHT
            told = f"{layer.name}: {named[state]} {part:.0%}"
            shape = round(x, 2), round(y, 2), round(width - 1, 2), round(part * HEIGHT, 2)
            rects.append(Rect(*shape, kind=state.value, told=told))
    return rects


def _legend() -> list[tuple[State, float, float]]:
    """Return where each state is named below the columns: two in a row, as a phone has room."""
    below = HEIGHT + WORDS * 1.5
    return [
        (state, WIDTH / 2 * (number % 2), below + WORDS * (number // 2))
        for number, state in enumerate(STACK)
    ]
