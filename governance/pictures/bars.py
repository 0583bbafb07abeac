"""Bars: one for each option, and lines across them for what had to be reached.

Names stand above their bars, so that a picture is as narrow as a phone.
"""

from collections.abc import Mapping, Sequence

from governance.pictures.shapes import Line, Picture, Rect, Text, short, votes

WIDTH, NUMBERS = 340.0, 74.0
ROW, NAME, BAR, TOP, MARK = 46.0, 22.0, 14.0, 6.0, 20.0
PLACES = 44


def bars(
    title: str,
    counts: Mapping[str, int],
    *,
    names: Mapping[str, str],
    chosen: Sequence[str] = (),
    tied: Sequence[str] = (),
    marks: Sequence[tuple[str, float]] = (),
) -> Picture:
    """Draw `counts`, the largest first. `chosen` and `tied` are told apart by kind and by a sign.

    `marks`: a word and the number at which its line stands.
    """
    most = max([1, *counts.values(), *(at for _, at in marks)])
    scale = (WIDTH - NUMBERS) / most
    top = TOP + MARK * len(marks)
    order = sorted(counts, key=lambda option: (-counts[option], names.get(option, option)))
    height = top + ROW * len(order) + TOP
    rects, texts = [], []
    for place, option in enumerate(order):
        y = top + ROW * place
        kind = "chosen" if option in chosen else "tied" if option in tied else "other"
        name, number = names.get(option, option), votes(counts[option])
        width = round(counts[option] * scale, 2)
        rects.append(Rect(0, y + NAME, width, BAR, kind, told=f"{name}: {number}"))
        texts.append(Text(0, y + NAME / 2, short(name, PLACES)))
        texts.append(Text(width + 8, y + NAME + BAR / 2, _signed(number, kind), "number"))
    lines = []
    for row, (word, at) in enumerate(marks):
        x, y = round(at * scale, 2), TOP + MARK * row
        lines.append(Line(f"M{x:g} {y:g}V{height - TOP:g}", "mark"))
        is_right = x > WIDTH / 2
        shift, anchor = (-6, "end") if is_right else (6, "start")
        texts.append(Text(x + shift, y + 7, word, "mark", anchor))
    return Picture(title, WIDTH, height, rects, lines, texts)


def _signed(number: str, kind: str) -> str:
    return number + {"chosen": " ✓", "tied": " ="}.get(kind, "")
