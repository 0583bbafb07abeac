"""What a picture is made of: places and sizes, no colours, nothing that a style would say."""

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rect:
    """A block. The style sheet colours it by `kind` and `hue`; `told` becomes its title."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    hue: int | None = None
    told: str = ""


@dataclass(frozen=True)
class Line:
    """A path, in SVG's own words."""

    d: str
    kind: str
    hue: int | None = None
    told: str = ""


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    said: str
    kind: str = "label"
    anchor: str = "start"


@dataclass(frozen=True)
class Picture:
    """One SVG. `title` names it for those who do not see it; its numbers stand in a table too."""

    title: str
    width: float
    height: float
    rects: list[Rect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


def short(text: str, places: int = 22) -> str:
    """Return `text`, cut to so many places with an ellipsis; a Chinese character fills two."""
    used = 0
    for index, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > places:
            return text[:index].rstrip() + "…"
    return text


def votes(number: int, unit: int = 1) -> str:
    """Return a number of votes as text, without digits that say nothing."""
    whole, rest = divmod(number, unit)
    if not rest:
        return f"{whole:,}"
    decimals = str(rest).zfill(len(str(unit)) - 1).rstrip("0")
    return f"{whole:,}.{decimals}"
