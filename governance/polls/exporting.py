"""The recount kit: all of a counted poll, with the proof that the log had it, in one file.

What the file holds and how to check it is written in docs/verify.
"""

import json
import os
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
        return encoded(export(poll))
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
    part.write_bytes(encoded(export(poll)))
    part.replace(path)
    return path.stat().st_size


def encoded(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def export(poll: Poll) -> dict[str, Any]:
    """Return the export of a counted poll; `NotNow` before the count, or before the log has it."""
    if not poll.is_counted:
        raise NotNow
    result = poll.result
    withheld = {"commitments": _commitments(poll)} if poll.publishes == secrecy.COUNTS else {}
    return withheld | {
        "format": FORMAT,
        "opening": opening_record(poll),
        "rule": result.rule,
        "electorate": sorted(poll.electorate.values_list("pseudonym", flat=True)),
        "ballots": ballots_of(poll),
        "result": result.record,
        "log": log_of(poll) | ({"seed_head": result.seed_head} if result.seed_head else {}),
    }


def ballots_of(poll: Poll) -> list[dict[str, Any]]:
    """Return the ballots as they are published; of a secret poll no voter, or no ballot at all."""
    if poll.publishes == secrecy.COUNTS:
        return []
    return [
        {"choice": ballot.choice, "nonce": ballot.nonce, "commitment": ballot.commitment}
        | ({"voter": ballot.entry.pseudonym} if isinstance(ballot, Ballot) else {})
        for ballot in counted_ballots(poll)
    ]


def _commitments(poll: Poll) -> list[str]:
    return [ballot.commitment for ballot in counted_ballots(poll)]


def log_of(poll: Poll) -> dict[str, Any]:
    """Return the leaves about a poll, and the hashes that lead from them to a signed head."""
    return bundle(Event.objects.filter(subject=f"poll:{poll.pk}"))
