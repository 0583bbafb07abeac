"""The recount kit: all of a counted poll, with the proof that the log had it, in one file.

What the file holds and how to check it is written in docs/verify.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from governance.polls.closing import counted_ballots
from governance.polls.models import Poll
from governance.polls.opening import opening_record
from portal.errors import NotNow
from portal.events import merkle, tree
from portal.events.models import Event, LogHead

FORMAT = "commonhold-poll-export-1"
Range = tuple[int, int]


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
    head = LogHead.objects.select_related("key").order_by("-size", "-pk").first()
    rows = Event.objects.filter(subject=f"poll:{poll.pk}").select_related("leaf")
    found = [event for event in rows.order_by("leaf__index") if hasattr(event, "leaf")]
    if head is None or len(found) != rows.count() or found[-1].leaf.index >= head.size:
        raise NotNow
    indexes = [event.leaf.index for event in found]
    return {
        "key": head.key.verifier,
        "head": head.note,
        "entries": [
            {"index": event.leaf.index, "leaf": tree.leaf_bytes(event).decode()} for event in found
        ],
        "ranges": hashes(list(empty_ranges(0, head.size, indexes))),
    }


def empty_ranges(start: int, end: int, wanted: Sequence[int]) -> Iterator[Range]:
    """Yield the largest parts of the tree over `start` to `end` that hold no wanted leaf."""
    place = bisect_left(wanted, start)
    if place == len(wanted) or wanted[place] >= end:
        yield start, end
    elif end - start > 1:
        middle = start + merkle.split(end - start)
        yield from empty_ranges(start, middle, wanted)
        yield from empty_ranges(middle, end, wanted)


def hashes(ranges: Sequence[Range]) -> dict[str, str]:
    """Return the hash of each range of leaves, as hex."""
    parts = merkle.path(ranges, tree.stored(merkle.needed(ranges)))
    return {f"{start}-{end}": part.hex() for (start, end), part in zip(ranges, parts, strict=True)}
