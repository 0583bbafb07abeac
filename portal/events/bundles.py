"""Many events and one proof for all of them, for files that are checked without the portal.

Beside its leaves a bundle holds the root of each part of the tree that contains none of them. Who
reads it folds both together as RFC 6962 does and must come to the root of the signed head. A
hundred thousand neighbouring events need a few dozen hashes, not one path each.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from portal.errors import NotNow
from portal.events import merkle, tree
from portal.events.models import Event, LogHead, LogKey, LogLeaf

CHUNK = 500


class NotInTheLogYet(NotNow):
    """An event waits for the sequencer, or for the head that will cover it."""

    code = "NotInTheLogYet"


def bundle(events: "QuerySet[Event]") -> dict[str, Any]:
    """Return the latest head and the log's keys, the events' leaves, and what proves them.

    `entries` is an iterator that reads the leaves as it goes. Raises `NotInTheLogYet` unless the
    head covers every one of the events.
    """
    head = LogHead.objects.select_related("key").order_by("-size", "-pk").first()
    leaves = LogLeaf.objects.filter(event__in=events.order_by().values("pk"))
    indexes = array("q", leaves.order_by("index").values_list("index", flat=True).iterator())
    if head is None or len(indexes) < events.count() or (indexes and indexes[-1] >= head.size):
        raise NotInTheLogYet
    return {
        "keys": keys(),
        "head": head.note,
        "entries": _entries(indexes),
        "ranges": _roots(list(parts_without(indexes, 0, head.size))),
    }


def _entries(indexes: Sequence[int]) -> Iterator[dict[str, Any]]:
    for first in range(0, len(indexes), CHUNK):
        some = LogLeaf.objects.filter(index__in=list(indexes[first : first + CHUNK]))
        for leaf in some.select_related("event").order_by("index"):
            yield {"index": leaf.index, "leaf": tree.leaf_bytes(leaf.event).decode()}


def keys() -> list[dict[str, Any]]:
    """Return the log's keys in order, each with what the one before it signed to hand over."""
    return [
        {
            "key_id": key.key_id,
            "verifier": key.verifier,
            "endorsed_by": key.endorsed_by.key_id if key.endorsed_by else None,
            "endorsement": key.endorsement,
        }
        for key in LogKey.objects.select_related("endorsed_by").order_by("pk")
    ]


def parts_without(indexes: Sequence[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the largest ranges of the tree over `start` to `end` that hold none of `indexes`."""
    if bisect_left(indexes, start) == bisect_left(indexes, end):
        yield start, end
    elif end - start > 1:
        middle = start + merkle.split(end - start)
        yield from parts_without(indexes, start, middle)
        yield from parts_without(indexes, middle, end)


def _roots(ranges: Sequence[tuple[int, int]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for first in range(0, len(ranges), CHUNK):
        some = ranges[first : first + CHUNK]
        digests = merkle.path(some, tree.stored(merkle.needed(some)))
        found |= {
            f"{start}-{end}": digest.hex()
            for (start, end), digest in zip(some, digests, strict=True)
        }
    return found
