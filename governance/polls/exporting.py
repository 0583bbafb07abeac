"""The recount kit: all of a counted poll, with the proof that the log had it, in one file.

What the file holds and how to check it is written in docs/verify.
"""

from typing import Any

from governance.polls.closing import counted_ballots
from governance.polls.models import Poll
from governance.polls.opening import opening_record
from portal.errors import NotNow
from portal.events.bundles import bundle
from portal.events.models import Event

FORMAT = "commonhold-poll-export-1"


def export(poll: Poll) -> dict[str, Any]:
    """Return the export of a counted poll; `NotNow` before the count, or before the log has it."""
    if not poll.is_counted:
        raise NotNow
    result = poll.result
    return {
        "format": FORMAT,
        "opening": opening_record(poll),
        "rule": result.rule,
        "electorate": sorted(poll.electorate.values_list("pseudonym", flat=True)),
        "ballots": [
            {
                "choice": ballot.choice,
                "nonce": ballot.nonce,
                "commitment": ballot.commitment,
                "voter": ballot.entry.pseudonym,
            }
            for ballot in counted_ballots(poll)
        ],
        "result": result.record,
        "log": log_of(poll) | ({"seed_head": result.seed_head} if result.seed_head else {}),
    }


def log_of(poll: Poll) -> dict[str, Any]:
    """Return the leaves about a poll, and the hashes that lead from them to a signed head."""
    return bundle(Event.objects.filter(subject=f"poll:{poll.pk}"))
