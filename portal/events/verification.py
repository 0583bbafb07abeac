"""Checking the whole log against itself and its signed heads, naming the rows that do not agree.

Everything is worked out anew from the event rows: leaf hashes, stored subtrees, the root at every
signed head. A head signed earlier cannot be made to fit rows that were changed since, and a head
kept elsewhere (`against`) catches a database that was replaced as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from portal import events
from portal.events import fleeting, keys, merkle, notes, tree
from portal.events.models import Event, EventDetail, LogHead, LogKey, LogLeaf, LogNode

CHUNK = 2000


@dataclass
class Report:
    """What a verification saw. The log is sound when `findings` is empty."""

    leaves: int = 0
    pending: int = 0
    heads: int = 0
    root: bytes = merkle.EMPTY_ROOT
    findings: list[str] = field(default_factory=list)


def verify(against: notes.Note | None = None) -> Report:
    """Check all of it; `against` is a head somebody kept outside this portal."""
    report = Report()
    report.findings += _keys()
    report.findings += _handed_over()
    report.findings += _leaves_and_heads(report, against)
    report.findings += _events_outside(report)
    report.findings += _details()
    return report


def _keys() -> Iterator[str]:
    rotated = {event.body.get("verifier"): event for event in _rotations()}
    for number, key in enumerate(LogKey.objects.select_related("endorsed_by").order_by("pk")):
        if number and key.verifier not in rotated:
            yield f"key {key.key_id[:16]}: forged, no event of the log introduces it"
        before = key.endorsed_by
        statement = keys.endorsement_text(key.verifier)
        if before is not None and not keys.verifies(before, statement, key.endorsement):
            yield f"key {key.key_id[:16]}: forged, its endorsement is not by the key before it"


def _rotations() -> QuerySet[Event]:
    return Event.objects.filter(kind=keys.ROTATED).order_by("pk")


def _handed_over() -> Iterator[str]:
    """Each rotation is signed by both of its keys; by the new one alone where the old was lost."""
    known = {key.verifier: key for key in LogKey.objects.all()}
    for event in _rotations():
        before, after = event.body["before"], event.body["verifier"]
        statement = keys.succession_text(before, after)
        for verifier in (before, after) if event.body["endorsed"] else (after,):
            key = known.get(verifier)
            signed = event.body["signatures"].get(key.key_id, "") if key else ""
            if key is None or not keys.verifies(key, statement, signed):
                yield f"event {event.pk} ({event.kind}): not signed by the key {verifier}"


def _leaves_and_heads(report: Report, against: notes.Note | None) -> Iterator[str]:
    heads = list(LogHead.objects.select_related("key").order_by("size", "pk"))
    report.heads = len(heads)
    expected = [(head.size, bytes(head.root), f"head {head.pk}") for head in heads]
    if against is not None:
        expected.append((against.size, against.root, "the head kept elsewhere"))
    for head in heads:
        yield from _signature(head)
    walk = _Walk(sorted(expected, key=lambda row: row[0]))
    for leaf in _stored_leaves():
        yield from walk.take(leaf)
    yield from walk.end()
    report.leaves, report.root = walk.size, walk.root()


def _signature(head: LogHead) -> Iterator[str]:
    text = notes.head_text(head.key.origin, head.size, bytes(head.root), head.at)
    if not keys.verifies(head.key, text.encode(), head.signature):
        yield f"head {head.pk} of {head.size} leaves: forged, its signature is not by the log's key"


def _stored_leaves() -> Iterator[tuple[LogLeaf, Event | None]]:
    """Yield each leaf with its event. The foreign key is not joined: the event may be gone."""
    start = -1
    while leaves := list(LogLeaf.objects.filter(index__gt=start).order_by("index")[:CHUNK]):
        rows = Event.objects.select_related("actor").in_bulk([leaf.event_id for leaf in leaves])
        for leaf in leaves:
            yield leaf, rows.get(leaf.event_id)
        start = leaves[-1].index


class _Walk:
    """Grows the tree again from the leaves, comparing with what is stored and signed."""

    def __init__(self, expected: list[tuple[int, bytes, str]]) -> None:
        self.size = 0
        self.agreed = 0  # the largest size whose signed root was right
        self.expected = expected[::-1]
        self.frontier: dict[merkle.Subtree, bytes] = {}
        self.made: dict[int, tuple[merkle.Subtree, bytes]] = {}

    def root(self) -> bytes:
        return merkle.root(self.size, self.frontier)

    def take(self, row: tuple[LogLeaf, Event | None]) -> Iterator[str]:
        leaf, event = row
        if leaf.index != self.size:
            yield f"leaves {self.size} to {leaf.index - 1}: deleted"
            yield from self._fill(leaf.index)
        yield from _compare(leaf, event)
        yield from self._append(bytes(leaf.digest))

    def end(self) -> Iterator[str]:
        yield from self._nodes()
        while self.expected:
            size, _, label = self.expected.pop()
            yield f"{label}: it covers {size} leaves, but only {self.size} are left"
        unfinished = [LogNode.place(level, self.size >> level) for level in range(1, 63)]
        forged = Q(position__gte=2 * self.size) | Q(position__in=unfinished)
        for node in LogNode.objects.filter(forged).order_by("position")[:10]:
            yield f"node {node.position}: forged, the leaves it stands for are not there"

    def _append(self, digest: bytes) -> Iterator[str]:
        made = merkle.grow(self.size, self.frontier, [digest])
        self.size += 1
        known = self.frontier | made
        self.frontier = {part: known[part] for part in merkle.perfect(0, self.size)}
        for part, value in made.items():
            if part[0] > 0:
                self.made[LogNode.place(*part)] = part, value
        if len(self.made) >= CHUNK:
            yield from self._nodes()
        yield from self._signed_here()

    def _fill(self, index: int) -> Iterator[str]:
        """Stand in for deleted leaves, so that those behind them are still looked at."""
        while self.size < index:
            yield from self._append(bytes(32))

    def _nodes(self) -> Iterator[str]:
        stored = LogNode.objects.in_bulk(list(self.made))
        for place, ((level, index), digest) in sorted(self.made.items()):
            covered = f"leaves {index << level} to {((index + 1) << level) - 1}"
            if place not in stored:
                yield f"node {place} over {covered}: deleted"
            elif bytes(stored[place].digest) != digest:
                yield f"node {place}: does not agree with {covered}; one of them was changed"
        self.made.clear()

    def _signed_here(self) -> Iterator[str]:
        while self.expected and self.expected[-1][0] <= self.size:
            size, root, label = self.expected.pop()
            if size == self.size and root == self.root():
                self.agreed = size
            else:
                yield (
                    f"{label}: the tree of {size} leaves has another root; "
                    f"leaves {self.agreed} to {size - 1} hold what was changed or forged"
                )


def _compare(leaf: LogLeaf, event: Event | None) -> Iterator[str]:
    if event is None:
        yield f"event {leaf.event_id} (leaf {leaf.index}): deleted"
        return
    if merkle.leaf_hash(tree.leaf_bytes(event)) != bytes(leaf.digest):
        yield f"event {event.pk} (leaf {leaf.index}, {event.kind}): changed"
    if event.actor is not None and event.actor.opaque != event.actor_opaque:
        yield f"event {event.pk} (leaf {leaf.index}): changed, its actor is another person"


def _events_outside(report: Report) -> Iterator[str]:
    outside = Event.objects.filter(leaf__isnull=True)
    report.pending = outside.filter(pending__isnull=False).count()
    for pk, kind in outside.filter(pending__isnull=True).values_list("pk", "kind"):
        yield f"event {pk} ({kind}): left out, it is neither a leaf nor waiting for one"


def _details() -> Iterator[str]:
    for row in EventDetail.objects.select_related("event").iterator(CHUNK):
        if events.commitment(row.salt, row.details) != row.event.detail_commitment:
            yield f"details of event {row.event_id}: changed, their commitment is another"
    erased = Event.objects.filter(kind="portal:event:erased").values_list("subject", flat=True)
    known = set(erased)
    gone = Event.objects.filter(~Q(detail_commitment=""), detail__isnull=True)
    gone = gone.exclude(kind__in=fleeting.KINDS)  # theirs go without a word
    for pk, uuid in gone.values_list("pk", "uuid"):
        if f"event:{uuid}" not in known:
            yield f"details of event {pk}: deleted without a recorded erasure"
