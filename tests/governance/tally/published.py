"""Elections with published outcomes, read by path: `../shared/data/tally` beside the checkout, or
the folder that COMMONHOLD_SHARED names. They are no part of the project."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("COMMONHOLD_SHARED", ROOT.parent / "shared")) / "data" / "tally"

Case = dict[str, Any]
# Published beside a result, about methods that are not ours, or in words.
CONTEXT = {"plurality", "borda_points", "majority_50", "plurality_favourite", "note"}


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


class Expected(dict[str, Any]):
    """What was published of a case; it notes what a test has read of it."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said)
        self.unread = set(said) - CONTEXT

    def __getitem__(self, name: str) -> Any:
        self.unread.discard(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)


@contextmanager
def all_of(case: Case) -> Iterator[Expected]:
    """Give what was published of a case; fail if the test has left some of it out."""
    expected = Expected(case["expected"])
    yield expected
    assert not expected.unread, f"{case['id']}: published, but compared with nothing"
