"""Rounds as a flow: a column for each stage, a block for each option, ribbons where votes go.

A block is as high as its votes. Between two columns everybody's votes stay, except those of whoever
was excluded or had a surplus: these spread to others, or go to nobody any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from governance.pictures.shapes import Line, Picture, Rect, Text, short, votes

COLUMN, BLOCK, LABELS, HEIGHT, GAP, HEAD = 128.0, 22.0, 190.0, 300.0, 10.0, 26.0
READABLE = 12.0
NOBODY = ""  # votes that count for nobody any more


@dataclass(frozen=True)
class Stage:
    """What each option had when a stage ended, and what moved for it to begin.

    `given`: votes that left an option; `received`: votes that came to one, or to `NOBODY`.
    """

    word: str
    votes: Mapping[str, int]
    elected: Sequence[str] = ()
    given: Mapping[str, int] = field(default_factory=dict)
    received: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    top: float
    height: float


def flow(
    title: str,
    stages: Sequence[Stage],
    *,
    order: Sequence[str],
    names: Mapping[str, str],
    nobody: str,
    unit: int = 1,
) -> Picture:
    """Draw the stages. `order`: from the top down, `NOBODY`'s votes are always last."""
    rows = [*order, NOBODY]
    total = max(1, sum(stages[0].votes.values()))
    scale = HEIGHT / total
    columns = [_blocks(stage, rows, scale) for stage in stages]
    rects, lines, texts = [], [], []
    for number, (stage, blocks) in enumerate(zip(stages, columns, strict=True)):
        x = LABELS + COLUMN * number
        texts.append(Text(x + BLOCK / 2, HEAD / 2, stage.word, "head", "middle"))
        for option, block in blocks.items():
            name = names.get(option, option) if option else nobody
            said = votes(stage.votes[option], unit)
            kind = _kind(option, stages[: number + 1])
            hue = rows.index(option) if option else None
            rects.append(Rect(x, block.top, BLOCK, block.height, kind, hue, f"{name}: {said}"))
            texts += _words(option, block, x, number, name, said, stage)
        if number:
            before = columns[number - 1]
            lines += _ribbons(stage, stages[number - 1], before, blocks, x, rows, scale)
    height = HEAD + HEIGHT + GAP * len(rows)
    return Picture(title, LABELS + COLUMN * len(stages), height, rects, lines, texts)


def _blocks(stage: Stage, rows: Sequence[str], scale: float) -> dict[str, Block]:
    blocks, top = {}, HEAD
    for option in rows:
        if stage.votes.get(option):
            height = stage.votes[option] * scale
            blocks[option] = Block(round(top, 2), round(height, 2))
            top += height + GAP
    return blocks


def _kind(option: str, so_far: Iterable[Stage]) -> str:
    if not option:
        return "nobody"
    return "chosen" if any(option in stage.elected for stage in so_far) else "other"


def _words(
    option: str, block: Block, x: float, number: int, name: str, said: str, stage: Stage
) -> list[Text]:
    middle = block.top + block.height / 2
    found = []
    if number == 0 and block.height >= READABLE:
        found.append(Text(LABELS - 10, middle, short(name), anchor="end"))
    if block.height >= READABLE:
        sign = " ✓" if option and option in stage.elected else ""
        found.append(Text(x + BLOCK + 5, middle, said + sign, "number"))
    return found


def _ribbons(
    stage: Stage,
    before: Stage,
    left: Mapping[str, Block],
    right: Mapping[str, Block],
    x: float,
    rows: Sequence[str],
    scale: float,
) -> list[Line]:
    """Return what stays, then what moves; each ribbon begins below the one before it."""
    start, end = x - COLUMN + BLOCK, x
    leaving = {option: block.top for option, block in left.items()}
    coming = {option: block.top for option, block in right.items()}
    found = []

    def draw(source: str, target: str, number: float, kind: str) -> None:
        if source in leaving and target in coming and number > 0:
            high = number * scale
            hue = rows.index(source) if source else None
            d = _ribbon(start, leaving[source], end, coming[target], high)
            found.append(Line(d, kind, hue))
            leaving[source] += high
            coming[target] += high

    for option in left:
        draw(option, option, before.votes[option] - stage.given.get(option, 0), "stays")
    given = sum(stage.given.values())
    for source, lost in stage.given.items():
        for target in rows if lost else ():
            draw(source, target, stage.received.get(target, 0) * lost / given, "moves")
    return found


def _ribbon(start: float, top: float, end: float, target: float, high: float) -> str:
    middle = (start + end) / 2
    return (
        f"M{start:g} {top:.2f}C{middle:g} {top:.2f} {middle:g} {target:.2f} {end:g} {target:.2f}"
        f"V{target + high:.2f}C{middle:g} {target + high:.2f} {middle:g} {top + high:.2f} "
        f"{start:g} {top + high:.2f}Z"
    )
