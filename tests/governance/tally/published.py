"""Elections with published outcomes, read by path: `../shared/data/tally` beside the checkout, or
the folder that COMMONHOLD_SHARED names. They are no part of the project."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("COMMONHOLD_SHARED", ROOT.parent / "shared")) / "data" / "tally"

Case = dict[str, Any]


def cases(name: str) -> list[Any]:
    """Return the parameters of a test over one of the files; a missing one is skipped by name."""
    path = SHARED / name
    if not path.exists():
        why = "the elections are not here: set COMMONHOLD_SHARED to the folder above data/tally"
        return [pytest.param({}, id=name, marks=pytest.mark.skip(why))]
    found = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [pytest.param(case, id=case["id"]) for case in found]


def rankings(case: Case) -> list[tuple[int, Any]]:
    return [(row["count"], row["ranking"]) for row in case["ballots"]]
