"""Case files: `{"rule": …, "options": …, "ballots": …}` as JSON, read strictly.

Options are a list, or an object of option and name. An entry of the ballots is `[count, ballot]`,
or an object of `count` and one of `choice`, `ranking`, `approved`, `scores` or `ballot`. Numbers
with a decimal point are read as the exact decimals they are. Whatever else stands in the file is
left alone.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from governance.tally.counting import tally
from governance.tally.errors import TallyError
from governance.tally.outcome import Outcome

FORMS = ("choice", "ranking", "approved", "scores", "ballot")


class FileError(TallyError):
    """The file is not a case that can be counted."""


def counted(path: Path) -> Outcome:
    """Count the case in a file. `TallyError` says in one sentence what is wrong with it."""
    case = read(path)
    for name in ("rule", "options", "ballots"):
        if name not in case:
            raise FileError(f"The file lacks “{name}”.")
    options = case["options"]
    if isinstance(options, dict):
        options = list(options)
    return tally(case["rule"], options, _entries(case["ballots"]))


def read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(
            path.read_text(encoding="utf-8"),
            object_pairs_hook=_object,
            parse_float=Decimal,
            parse_constant=_constant,
        )
    except OSError as error:
        raise FileError(f"The file cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise FileError("The file is nested too deeply.") from error
    except FileError:
        raise
    except (ValueError, ArithmeticError) as error:
        raise FileError(f"The file is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise FileError("The file must hold a JSON object.")
    return found


def _entries(ballots: object) -> Iterator[tuple[int, Any]]:
    if not isinstance(ballots, list):
        raise FileError("The file's “ballots” must be a list.")
    for entry in ballots:
        if isinstance(entry, dict):
            yield _described(entry)
        else:
            yield entry  # `tally` refuses what is no pair


def _described(entry: dict[str, Any]) -> tuple[int, Any]:
    forms = [form for form in FORMS if form in entry]
    if "count" not in entry or len(forms) != 1:
        raise FileError(f"A ballot must have a count and one of: {', '.join(FORMS)}.")
    return entry["count"], entry[forms[0]]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FileError("The file names a field twice in one object.")
    return found


def _constant(name: str) -> None:
    raise FileError(f"The file holds {name}, which is no number.")
