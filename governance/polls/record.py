"""The record of a count as tables: a sentence and rows for each step."""

from typing import Any

from django.utils.translation import gettext as _

from governance.polls.models import Poll

Table = dict[str, Any]


def steps(poll: Poll) -> list[Table]:
    """Return each step of the count as `{"title", "columns", "rows"}`, plain names and numbers."""
    return [_table(poll, step) for step in poll.result.steps]


def _table(poll: Poll, step: dict[str, Any]) -> Table:
    matrix = step.get("matrix")
    if isinstance(matrix, dict):
        return _matrix(poll, matrix)
    return {"title": title(step), "columns": [], "rows": _rows(poll, step), "kind": step["kind"]}


def title(step: dict[str, Any]) -> str:
    said = {
        "threshold": _("Yes against no"),
        "approvals": _("How often each was named"),
        "pairwise": _("In pairs"),
        "quorum": _("Who has the quorum"),
        "ratio": _("Who has the majority it needs"),
        "schwartz": _("The weakest defeats are dropped"),
        "scores": _("Scores"),
        "runoff": _("Runoff"),
        "round": _("Round"),
        "stage": _("Stage"),
        "quota": _("Quota"),
        "lot": _("The published lot"),
        "ballots": _("Ballots"),
    }
    return said.get(step["kind"], step["kind"])


def _matrix(poll: Poll, matrix: dict[str, dict[str, int]]) -> Table:
    names = list(matrix)
    rows = [
        [poll.label(one), *(str(matrix[one].get(other, "—")) for other in names)] for one in names
    ]
    return {
        "title": _("How many prefer the option of the row to that of the column"),
        "columns": ["", *(poll.label(name) for name in names)],
        "rows": rows,
        "kind": "pairwise",
    }


def _rows(poll: Poll, step: dict[str, Any]) -> list[list[str]]:
    found = []
    for name, value in step.items():
        if name != "kind":
            found += _lines(poll, name, value)
    return found


def _lines(poll: Poll, name: str, value: Any) -> list[list[str]]:
    if isinstance(value, dict):
        return [[f"{name}: {poll.label(str(key))}", _said(poll, one)] for key, one in value.items()]
    return [[name, _said(poll, value)]]


def _said(poll: Poll, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(poll, one) for one in value) or "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(
            f"{poll.label(str(key))}: {_said(poll, one)}" for key, one in value.items()
        )
    return poll.label(value) if isinstance(value, str) else str(value)
