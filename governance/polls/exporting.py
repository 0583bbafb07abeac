"""The recount kit: all of a counted poll, with the proof that the log had it, in one file.

What the file holds and how to check it is written in docs/verify. It is written as it is read from
the database, some rows at a time, so that a poll of any size needs little memory.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from governance.polls import secrecy
from governance.polls.closing import counted_ballots
from governance.polls.models import Ballot, Poll
from governance.polls.opening import opening_record
from portal import jobs
from portal.errors import NotNow
from portal.events.bundles import bundle
from portal.events.models import Event

FORMAT = "commonhold-poll-export-1"
SMALL = 2000  # ballots that a page may put into a file by itself
WRITE = "governance.jobs.write_export"
_json = json.JSONEncoder(ensure_ascii=False).encode  # one encoder: `dumps` makes one every time


class BeingWritten(NotNow):
    code = "BeingWritten"
    default = _("This file is being made. Try again in a moment.")


def path_of(poll: Poll) -> Path:
    return Path(settings.DATA_DIR) / "polls" / f"poll-{poll.pk}.json"


def file_of(poll: Poll) -> bytes | Path:
    """Return the export's bytes, or where a large one lies; a job writes that when it is asked for.

    Raises `NotNow` before the count, `BeingWritten` until the file is there.
    """
    if not poll.is_counted:
        raise NotNow
    if poll.result.cast <= SMALL:
        return "".join(text_of(poll)).encode()
    path = path_of(poll)
    if not path.is_file():
        jobs.enqueue(WRITE, str(poll.pk), {"poll": poll.pk})
        raise BeingWritten
    return path


def write(poll: Poll) -> int:
    """Write the export's file, whole or not at all; return its size in bytes."""
    path = path_of(poll)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text_of(poll))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def export(poll: Poll) -> dict[str, Any]:
    """Return the export of a counted poll; `NotNow` before the count, or before the log has it."""
    found: dict[str, Any] = json.loads("".join(text_of(poll)))
    return found


def text_of(poll: Poll) -> Iterator[str]:
    """Yield the export's JSON in pieces; raises what `export` does, before the first of them."""
    return streamed(_parts(poll))


def streamed(said: Any) -> Iterator[str]:
    """Yield what `json.dumps` says; an iterator in an object is written as a list, item by item."""
    if isinstance(said, Mapping):
        pairs = (chain([f"{_json(name)}: "], streamed(part)) for name, part in said.items())
        yield from _between("{", pairs, "}")
    elif isinstance(said, Iterator):
        yield from _between("[", ([_json(item)] for item in said), "]")
    else:
        yield _json(said)


def _between(start: str, items: Iterable[Iterable[str]], end: str) -> Iterator[str]:
    yield start
    for number, item in enumerate(items):
        if number:
            yield ", "
        yield from item
    yield end


def _parts(poll: Poll) -> dict[str, Any]:
    """Return the export; its long lists are iterators that read the database as they go."""
    if not poll.is_counted:
        raise NotNow
    result = poll.result
    withheld = {"commitments": _commitments(poll)} if poll.publishes == secrecy.COUNTS else {}
    return withheld | {
        "format": FORMAT,
        "opening": opening_record(poll),
        "rule": result.rule,
        "electorate": iter(sorted(poll.electorate.values_list("pseudonym", flat=True))),
        "ballots": ballots_of(poll),
        "result": result.record,
        "log": log_of(poll) | ({"seed_head": result.seed_head} if result.seed_head else {}),
    }


def ballots_of(poll: Poll) -> Iterator[dict[str, Any]]:
    """Yield the ballots as they are published; of a secret poll no voter, or no ballot at all."""
    for ballot in counted_ballots(poll) if poll.publishes != secrecy.COUNTS else ():
        said = {"choice": ballot.choice, "nonce": ballot.nonce, "commitment": ballot.commitment}
        yield said | ({"voter": ballot.entry.pseudonym} if isinstance(ballot, Ballot) else {})


def _commitments(poll: Poll) -> Iterator[str]:
    return (ballot.commitment for ballot in counted_ballots(poll))


def log_of(poll: Poll) -> dict[str, Any]:
    """Return the leaves about a poll, and the hashes that lead from them to a signed head."""
    return bundle(Event.objects.filter(subject=f"poll:{poll.pk}"))
