"""An opinion map as a page shows it: a picture with its numbers beside it, and nobody's name."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from governance.opinions.maps import AGREE, Leaning, Map
from governance.opinions.models import Statement
from governance.pictures.shapes import Picture, Rect, Text

if TYPE_CHECKING:
    from portal.people.models import Person

WIDTH, HEIGHT, EDGE, DOT = 340.0, 260.0, 24.0, 8.0
LETTERS = "ABCDE"


def picture(found: Map, person: "Person | None" = None) -> Picture | None:
    """Draw where people stand; the visitor's own place is named. None where nobody stands."""
    if not found.points:
        return None
    place = _scale(found)
    rects, texts = [], []
    for number, group in enumerate(found.groups):
        for name in group:
            x, y = place(found.points[name])
            told = _("Group %(letter)s") % {"letter": LETTERS[number]}
            rects.append(Rect(x - DOT / 2, y - DOT / 2, DOT, DOT, "person", number, told))
        x, y = _middle([place(found.points[name]) for name in group])
        texts.append(Text(x, y - DOT - 8, LETTERS[number], "chosen", "middle"))
    if person is not None and str(person.pk) in found.points:
        x, y = place(found.points[str(person.pk)])
        texts.append(Text(x, y + DOT + 8, _("you"), "label", "middle"))
    return Picture(_("Who judges alike stands together"), WIDTH, HEIGHT, rects, [], texts)


def _scale(found: Map) -> Any:
    most = [max(1e-9, *(abs(p[axis]) for p in found.points.values())) for axis in (0, 1)]

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = WIDTH / 2 + point[0] / most[0] * (WIDTH / 2 - EDGE)
        y = HEIGHT / 2 - point[1] / most[1] * (HEIGHT / 2 - EDGE)
        return round(x, 2), round(y, 2)

    return place


def _middle(places: list[tuple[float, float]]) -> tuple[float, float]:
    number = len(places)
    return round(sum(x for x, _y in places) / number, 2), round(
        sum(y for _x, y in places) / number, 2
    )


def groups(found: Map) -> list[dict[str, Any]]:
    return [
        {"letter": LETTERS[number], "people": len(group)}
        for number, group in enumerate(found.groups)
    ]


def rows(found: Map, statements: "list[Statement]") -> list[dict[str, Any]]:
    """Return each statement with how everybody and each group judged it."""
    nobody = Leaning(0, 0, 0)
    return [
        {
            "statement": row,
            "all": found.everybody.get(str(row.pk), nobody),
            "groups": found.leanings.get(str(row.pk), [nobody] * len(found.groups)),
        }
        for row in statements
    ]


def agreed(found: Map, statements: "list[Statement]") -> list[dict[str, Any]]:
    """Return the statements on which all groups are of one mind."""
    by_name = {str(row.pk): row for row in statements}
    return [
        {"statement": by_name[name], "agrees": sign == AGREE}
        for name, sign in found.consensus
        if name in by_name
    ]


def record(found: Map, statements: "list[Statement]") -> dict[str, Any]:
    """Return a map as plain JSON: counts by group, and nobody's place."""
    return {
        "people": sum(len(group) for group in found.groups),
        "groups": [len(group) for group in found.groups],
        "consensus": [
            {"statement": int(name), "agree": sign == AGREE} for name, sign in found.consensus
        ],
        "statements": [
            {
                "number": row["statement"].pk,
                "text": row["statement"].text,
                "all": _counts(row["all"]),
                "groups": [_counts(one) for one in row["groups"]],
            }
            for row in rows(found, statements)
        ],
    }


def _counts(said: Leaning) -> dict[str, int]:
    return {"agree": said.agree, "disagree": said.disagree, "pass": said.passed}
