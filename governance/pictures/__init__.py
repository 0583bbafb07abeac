"""Pictures and tables of a count, from its record alone.

`drawn(record, names)` and `tables(record, names)` take what `governance.tally` returned as JSON and
what options are called on the page. `templates/governance/_pictures.html` draws what comes back;
whatever a picture shows stands in a table too.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from governance.pictures.bars import bars
from governance.pictures.flow import NOBODY, Stage, flow
from governance.pictures.matrix import matrix
from governance.pictures.shapes import Picture
from governance.pictures.tables import Table, tables

__all__ = ["Picture", "Table", "drawn", "tables"]

Record = Mapping[str, Any]
Names = Mapping[str, str]


def drawn(record: Record, names: Names) -> list[Picture]:
    """Return the pictures of a count, in the order of its steps; none where nothing was counted."""
    kinds = {step["kind"] for step in record["steps"]}
    if "stage" in kinds:
        return [_stv(record, names)]
    if "round" in kinds:
        return [_irv(record, names)]
    drawers: dict[str, Callable[[Record, Record, Names], Picture]] = {
        "threshold": _threshold,
        "pairwise": _pairwise,
        "approvals": _approvals,
        "scores": _scores,
        "runoff": _runoff,
    }
    return [
        drawers[step["kind"]](step, record, names)
        for step in record["steps"]
        if step["kind"] in drawers
    ]


def _threshold(step: Record, record: Record, names: Names) -> Picture:
    needed = Fraction(step["share"]) * step["decided"]
    marks = [(_("needed of yes and no"), float(needed))] if step["decided"] else []
    chosen = ["yes"] if step["reached"] and record["outcome"] == "passed" else []
    return bars(
        _("Votes for, against and abstaining"),
        step["counts"],
        names=names,
        chosen=chosen,
        tied=record["tied"],
        marks=marks,
    )


def _approvals(step: Record, record: Record, names: Names) -> Picture:
    return bars(
        _("How many named each option"),
        step["counts"],
        names=names,
        chosen=record["winners"],
        tied=record["tied"],
    )


def _scores(step: Record, record: Record, names: Names) -> Picture:
    return bars(
        _("Seat %(seat)s: scores added up") % {"seat": step.get("seat", 1)},
        step["totals"],
        names=names,
        chosen=step.get("finalists", ()),
        tied=step.get("level", ()),
    )


def _runoff(step: Record, record: Record, names: Names) -> Picture:
    title = _("Seat %(seat)s: runoff, how many prefer whom") % {"seat": step["seat"]}
    return bars(title, step["counts"], names=names, chosen=step["winner"], tied=step["level"])


def _pairwise(step: Record, record: Record, names: Names) -> Picture:
    dropped = [
        option
        for other in record["steps"]
        if other["kind"] in ("quorum", "ratio")
        for option in other["dropped"]
    ]
    return matrix(
        _("How many prefer the option of the row to that of the column"),
        step["matrix"],
        names=names,
        chosen=record["winners"],
        dropped=dropped,
    )


def _stv(record: Record, names: Names) -> Picture:
    steps = [step for step in record["steps"] if step["kind"] == "stage"]
    facts = next(step for step in record["steps"] if step["kind"] == "quota")
    stages = [
        Stage(
            word=str(step["number"]),
            votes=step["votes"] | {NOBODY: step["exhausted"] + step["lost"]},
            elected=[*step["elected"], *step["elected_without_quota"]],
            given={
                option: before["votes"][option] - step["votes"][option]
                for option in step.get("from", ())
            },
            received=step.get("to", {})
            | {NOBODY: step.get("to_exhausted", 0) + step.get("to_lost", 0)},
        )
        for before, step in zip([steps[0], *steps], steps, strict=False)
    ]
    return flow(
        _("How votes moved from stage to stage"),
        stages,
        order=_order(record, stages),
        names=names,
        nobody=_("nobody any more"),
        unit=facts["unit"],
    )


def _irv(record: Record, names: Names) -> Picture:
    steps = [step for step in record["steps"] if step["kind"] == "round"]
    stages = [
        Stage(
            word=str(step["number"]),
            votes=step["votes"] | {NOBODY: step["exhausted"]},
            elected=step["elected"],
            given={option: before["votes"][option] for option in before["eliminated"]},
            received=before.get("transfers", {})
            | {NOBODY: step["exhausted"] - before["exhausted"]},
        )
        for before, step in zip([steps[0], *steps], steps, strict=False)
    ]
    stages[0] = Stage(stages[0].word, stages[0].votes, stages[0].elected)
    return flow(
        _("How votes moved from round to round"),
        stages,
        order=_order(record, stages),
        names=names,
        nobody=_("nobody any more"),
    )


def _order(record: Record, stages: list[Stage]) -> list[str]:
    """Return the winners, then those who stayed longest, then those who began with most."""
    first, winners = stages[0].votes, record["winners"]
    lasted = {
        option: sum(1 for stage in stages if stage.votes.get(option)) for option in first if option
    }
    rest = sorted(set(lasted) - set(winners), key=lambda o: (-lasted[o], -first[o], o))
    return [*winners, *rest]
