"""The stored Merkle tree: what the sequencer appends and the proofs read."""

from collections.abc import Iterable

from portal.errors import Invalid, Missing
from portal.events import canonical, merkle, notes
from portal.events.merkle import Subtree
from portal.events.models import Event, LogLeaf, LogNode, LogTip

LEAF_VERSION = 1


def leaf_bytes(event: Event) -> bytes:
    """Return the bytes whose hash is the event's leaf: everything public and permanent of it."""
    return canonical(
        {
            "v": LEAF_VERSION,
            "uuid": str(event.uuid),
            "kind": event.kind,
            "actor": event.actor_opaque,
            "subject": event.subject,
            "body": event.body,
            "details": event.detail_commitment,
            "at": notes.instant(event.at),
        }
    )


def size() -> int:
    """Return how many leaves the log has."""
    return LogTip.objects.filter(pk=1).values_list("size", flat=True).first() or 0


def stored(parts: Iterable[Subtree]) -> dict[Subtree, bytes]:
    """Return the stored hashes of complete subtrees, in two queries; absent ones are left out."""
    places = {LogNode.place(*part): part for part in parts}
    leaves = [index for level, index in places.values() if level == 0]
    nodes = [place for place, part in places.items() if part[0] > 0]
    found = {
        (0, index): bytes(digest)
        for index, digest in LogLeaf.objects.filter(index__in=leaves).values_list("index", "digest")
    }
    for place, digest in LogNode.objects.filter(position__in=nodes).values_list(
        "position", "digest"
    ):
        found[places[place]] = bytes(digest)
    return found


def root(of_size: int) -> bytes:
    """Return the root over the first `of_size` leaves."""
    return merkle.root(of_size, stored(merkle.perfect(0, of_size)))


def inclusion(index: int, of_size: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `of_size`."""
    _require_tree(of_size)
    if not 0 <= index < of_size:
        raise Missing()
    ranges = merkle.inclusion_ranges(index, of_size)
    return merkle.path(ranges, stored(merkle.needed(ranges)))


def consistency(old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of `new` leaves extends that of `old`."""
    _require_tree(new)
    try:
        ranges = merkle.consistency_ranges(old, new)
    except ValueError as error:
        raise Invalid(code="NoSuchTree") from error
    return merkle.path(ranges, stored(merkle.needed(ranges)))


def _require_tree(of_size: int) -> None:
    if not 0 < of_size <= size():
        raise Missing()
