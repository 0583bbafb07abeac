"""The pairwise matrix: how many rank the option of the row above that of the column."""

from collections.abc import Mapping, Sequence

from governance.pictures.shapes import Picture, Rect, Text, short, votes

LABELS, CELL, ROW, HEAD, GAP = 210.0, 62.0, 34.0, 30.0, 2.0


def matrix(
    title: str,
    table: Mapping[str, Mapping[str, int]],
    *,
    names: Mapping[str, str],
    chosen: Sequence[str] = (),
    dropped: Sequence[str] = (),
) -> Picture:
    """Draw the matrix; who has won most duels stands first. Columns go by the rows' numbers."""
    order = sorted(table, key=lambda option: (-_duels(table, option), names.get(option, option)))
    rects, texts = [], []
    for column in range(len(order)):
        texts.append(
            Text(LABELS + CELL * (column + 0.5), HEAD / 2, str(column + 1), "head", "middle")
        )
    for row, option in enumerate(order):
        y = HEAD + ROW * row
        name = short(names.get(option, option), 21)
        kind = "chosen" if option in chosen else "dropped" if option in dropped else "label"
        sign = {"chosen": " ✓", "dropped": " ×"}.get(kind, "")
        texts.append(Text(0, y + ROW / 2, f"{row + 1}  {name}{sign}", kind))
        for column, other in enumerate(order):
            x = LABELS + CELL * column
            if other == option:
                rects.append(Rect(x, y, CELL - GAP, ROW - GAP, "none"))
                continue
            ahead, behind = table[option][other], table[other][option]
            kind = "ahead" if ahead > behind else "behind" if ahead < behind else "even"
            told = f"{names.get(option, option)} – {names.get(other, other)}: {ahead} : {behind}"
            rects.append(Rect(x, y, CELL - GAP, ROW - GAP, kind, told=told))
            texts.append(Text(x + (CELL - GAP) / 2, y + ROW / 2, votes(ahead), kind, "middle"))
    width, height = LABELS + CELL * len(order), HEAD + ROW * len(order)
    return Picture(title, width, height, rects, [], texts)


def _duels(table: Mapping[str, Mapping[str, int]], option: str) -> int:
    return sum(number > table[other][option] for other, number in table[option].items())
