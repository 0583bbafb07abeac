"""The record of a count as tables: every number of it, in words of the page's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from governance.pictures import stages
from governance.pictures.shapes import votes

Record = Mapping[str, Any]
Names = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """`rows`: text, the first cell names the row. `note`: a sentence about it, or empty."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    note: str = ""


def tables(record: Record, names: Names) -> list[Table]:
    """Return the whole record, in the order in which it was counted."""
    found = [_quorum(record["quorum"])] if record["quorum"] else []
    moving = [step for step in record["steps"] if step["kind"] in ("stage", "round")]
    for step in record["steps"]:
        if step["kind"] in TABLES:
            found.append(TABLES[step["kind"]](step, names))
        elif step is moving[0]:
            found += _moving(record, moving, names)
    return found


def _quorum(asked: Record) -> Table:
    rows = [
        [_("Needed"), asked["needed"]],
        [_("Took part, as the rule counts it"), votes(asked["counted"])],
    ]
    if asked["eligible"] is not None:
        rows.append([_("Entitled to vote"), votes(asked["eligible"])])
    return Table(_("Quorum"), rows=rows, note=_("Reached.") if asked["met"] else _("Missed."))


def _threshold(step: Record, names: Names) -> Table:
    numerator, _slash, denominator = step["share"].partition("/")
    said = _("%(yes)s × %(below)s = %(left)s against %(decided)s × %(above)s = %(right)s:") % {
        "yes": step["counts"]["yes"],
        "below": denominator or "1",
        "left": step["left"],
        "decided": step["decided"],
        "above": numerator,
        "right": step["right"],
    }
    reached = _("reached.") if step["reached"] else _("not reached.")
    return _counted(_("Yes against no"), step["counts"], names, f"{said} {reached}")


def _pairwise(step: Record, names: Names) -> Table:
    table = step["matrix"]
    rows = [
        [names.get(one, one), *(str(table[one].get(other, "—")) for other in table)]
        for one in table
    ]
    title = _("How many prefer the option of the row to that of the column")
    return Table(title, [_("Option"), *(names.get(one, one) for one in table)], rows)


def _above_default(step: Record, names: Names) -> Table:
    rows = [
        [
            names.get(option, option),
            votes(number),
            _of(step["needed"], option),
            _stays(option, step),
        ]
        for option, number in step["counts"].items()
    ]
    columns = [_("Option"), _("Rank it above the default"), _("Needed"), _("So it")]
    return Table(_("Who has the quorum"), columns, rows)


def _ratio(step: Record, names: Names) -> Table:
    rows = [
        [
            names.get(option, option),
            votes(said["for"]),
            votes(said["against"]),
            f"{_of(step['comparison'], option)} {said['ratio']}",
            _stays(option, step),
        ]
        for option, said in step["options"].items()
    ]
    columns = [_("Option"), _("Above the default"), _("Below it"), _("Ratio"), _("So it")]
    note = "" if rows else _("Nothing is left besides the default.")
    return Table(_("Who beats the default as the rule asks"), columns, rows, note)


def _of(said: Any, option: str) -> str:
    """Return what a rule asks of an option: a text for all of them, or one for each."""
    return str(said[option] if isinstance(said, dict) else said)


def _stays(option: str, step: Record) -> str:
    return _("is dropped") if option in step["dropped"] else _("stays")


def _defeats(step: Record, names: Names) -> Table:
    columns = [_("Beats"), _("Beaten"), _("For"), _("Against")]
    note = "" if step["defeats"] else _("Nobody beats anybody.")
    return Table(_("Who beats whom"), columns, _pairs(step["defeats"], names), note)


def _schwartz(step: Record, names: Names) -> Table:
    inside = ", ".join(names.get(option, option) for option in step["set"])
    columns = [_("Beats"), _("Beaten"), _("For"), _("Against")] if step["dropped"] else []
    note = (
        _("The weakest defeats among them are dropped.")
        if step["dropped"]
        else _("No defeat is left among them.")
    )
    title = _("Beaten by nobody outside: %(options)s") % {"options": inside}
    return Table(title, columns, _pairs(step["dropped"], names), note)


def _pairs(pairs: Sequence[Sequence[Any]], names: Names) -> list[list[str]]:
    return [
        [names.get(one, one), names.get(other, other), votes(ahead), votes(behind)]
        for one, other, ahead, behind in pairs
    ]


def _lot(step: Record, names: Names) -> Table:
    rows = [[names.get(option, option), step["numbers"][option]] for option in step["order"]]
    note = _("The smallest number is drawn first. Anybody can work the numbers out again.")
    if step["why"] == "shown only":
        note = _("The lot is shown and decides nothing.")
    return Table(_("The published lot"), [_("Option"), _("Number")], rows, note)


def _approvals(step: Record, names: Names) -> Table:
    if not step["groups"]:
        return _counted(_("How often each was named"), step["counts"], names)
    rows = [
        [names.get(option, option), votes(number), step["groups"].get(option, "—")]
        for option, number in step["counts"].items()
    ]
    columns = [_("Option"), _("Votes"), _("Group, of which only some may be seated")]
    return Table(_("How often each was named"), columns, rows)


def _scores(step: Record, names: Names) -> Table:
    title = _("Seat %(seat)s: scores added up") % {"seat": step.get("seat", 1)}
    rungs = [(_("Score"), step["totals"]), *_rungs(step)]
    return _laddered(title, rungs, names, _level(step, names))


def _runoff(step: Record, names: Names) -> Table:
    title = _("Seat %(seat)s: runoff, how many prefer whom") % {"seat": step["seat"]}
    rungs = [(_("Preferred by"), step["counts"]), *_rungs(step)]
    equal = _("No preference: %(number)s.") % {"number": votes(step["equal"])}
    return _laddered(title, rungs, names, f"{equal} {_level(step, names)}".strip())


def _rungs(step: Record) -> list[tuple[str, Mapping[str, int]]]:
    words = {
        "head_to_head": _("Tie: preferred in pairs"),
        "total": _("Tie: score"),
        "highest": _("Tie: highest scores"),
    }
    return [(words[rung["by"]], rung["counts"]) for rung in step.get("ladder", ())]


def _level(step: Record, names: Names) -> str:
    level = step.get("level", ())
    options = ", ".join(names.get(option, option) for option in level)
    return _("Nothing decides between: %(options)s.") % {"options": options} if level else ""


def _laddered(
    title: str, rungs: Sequence[tuple[str, Mapping[str, int]]], names: Names, note: str
) -> Table:
    rows = [
        [names.get(option, option)]
        + [votes(counts[option]) if option in counts else "—" for _word, counts in rungs]
        for option in rungs[0][1]
    ]
    return Table(title, [_("Option"), *(word for word, _counts in rungs)], rows, note)


def _unopposed(step: Record, names: Names) -> Table:
    note = _("No more options than seats: all are elected.")
    return _counted(_("Score"), step["totals"], names, note)


def _ballots(step: Record, names: Names) -> Table:
    rows = [[_("Valid"), votes(step["valid"])], [_("Void"), votes(step["void"])]]
    return Table(_("Ballots"), rows=rows)


def _facts(step: Record, names: Names) -> Table:
    rows = [
        [_("Valid"), votes(step["valid"])],
        [_("Void"), votes(step["void"])],
        [_("Seats"), votes(step["seats"])],
        [_("Votes that elect"), votes(step["quota"])],
    ]
    return Table(_("Quota"), rows=rows)


def _ways(step: Record, names: Names) -> Table:
    def told(options: Sequence[str]) -> str:
        return ", ".join(names.get(option, option) for option in options)

    rows = [
        [_("Level at the end"), told(step["tied"])],
        [_("Can win, whoever of them goes first"), told(step["winners"])],
    ]
    note = "" if step["all_counted"] else _("There are too many ways to count them all.")
    return Table(_("Every way of breaking the tie"), rows=rows, note=note)


def _counted(title: str, counts: Mapping[str, int], names: Names, note: str = "") -> Table:
    rows = [[names.get(option, option), votes(number)] for option, number in counts.items()]
    return Table(title, [_("Option"), _("Votes")], rows, note)


def _moving(record: Record, steps: Sequence[Record], names: Names) -> list[Table]:
    unit = next((step["unit"] for step in record["steps"] if "unit" in step), 1)
    columns = [_("Option"), *(str(step["number"]) for step in steps)]
    rows = [
        [names.get(option, option)]
        + [votes(step["votes"][option], unit) if option in step["votes"] else "—" for step in steps]
        for option in steps[0]["votes"]
    ]
    gone = [votes(step["exhausted"] + step.get("lost", 0), unit) for step in steps]
    rows.append([_("nobody any more"), *gone])
    happened = [[str(step["number"]), stages.told(step, names, unit)] for step in steps]
    return [
        Table(_("Votes in each stage"), columns, rows),
        Table(_("What happened"), [_("Stage"), _("What happened")], happened),
    ]


TABLES: dict[str, Callable[[Record, Names], Table]] = {
    "threshold": _threshold,
    "pairwise": _pairwise,
    "quorum": _above_default,
    "ratio": _ratio,
    "defeats": _defeats,
    "schwartz": _schwartz,
    "lot": _lot,
    "approvals": _approvals,
    "scores": _scores,
    "runoff": _runoff,
    "unopposed": _unopposed,
    "ballots": _ballots,
    "quota": _facts,
    "ways": _ways,
}
