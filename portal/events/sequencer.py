"""The sequencer: gives committed events their leaves and signs the heads.

Why no event is lost. A deed writes its event without any order lock, so on PostgreSQL a row with a
low id may be committed after rows with higher ids were already sequenced; "everything above the
last id" would skip it for ever. So the database itself (a trigger) writes a `LogPending` row beside
each event, in the same transaction. The sequencer takes *all* pending rows it can see, whatever
their ids, and removes each only in the transaction that inserts its leaf. A row not yet visible is
simply there the next time. The database refuses to remove a pending row without a leaf.

Why two sequencers do no harm. Each begins by updating the one `LogTip` row: PostgreSQL holds the
second back on the row's lock until the first has committed, SQLite on its write lock, and only then
does it read what is pending. A leaf's index is its primary key and its event is unique, so that
even a sequencer without the lock could not fork the log.

A head is signed in a transaction of its own, after the leaves are committed, and never over a tree
that does not contain the tree of the head before it.
"""

from django.db import IntegrityError, transaction
from django.db.models import F

from portal.clock import db_now
from portal.errors import Conflict
from portal.events import keys, merkle, notes, tree
from portal.events.models import Event, LogHead, LogLeaf, LogNode, LogPending, LogTip

BATCH = 1000


class LogBroken(Conflict):
    """The stored tree contradicts a signed head: nothing is signed until somebody has looked."""

    code = "LogBroken"


def sequence() -> LogHead | None:
    """Append every pending event and sign a head over them; return it if it is new."""
    keys.current()  # made before any event could need it
    while append_pending() == BATCH:
        pass
    return sign_head()


def append_pending(limit: int = BATCH) -> int:
    """Give up to `limit` pending events their leaves, in one transaction; return how many."""
    if not LogPending.objects.exists():
        return 0
    LogTip.objects.get_or_create(pk=1)
    with transaction.atomic():
        LogTip.objects.filter(pk=1).update(turns=F("turns") + 1)  # the lock: see above
        size = LogTip.objects.get(pk=1).size
        waiting = list(
            LogPending.objects.order_by("event_id").values_list("event_id", flat=True)[:limit]
        )
        if waiting:
            _append(size, waiting)
    return len(waiting)


def sign_head() -> LogHead | None:
    """Sign the tree as it is now, unless its head is signed already."""
    key, size = keys.current(), tree.size()
    if not size or LogHead.objects.filter(size=size, key=key).exists():
        return None
    _refuse_contradiction()
    root, at = tree.root(size), db_now()
    signature = keys.sign(key, notes.head_text(key.origin, size, root, at).encode())
    try:
        with transaction.atomic():
            return LogHead.objects.create(
                size=size, root=root, at=at, key=key, signature=signature.hex()
            )
    except IntegrityError:  # another sequencer signed the same tree
        return None


def _append(size: int, event_ids: list[int]) -> None:
    events = Event.objects.in_bulk(event_ids)
    digests = [merkle.leaf_hash(tree.leaf_bytes(events[pk])) for pk in event_ids]
    frontier = tree.stored(merkle.perfect(0, size))
    made = merkle.grow(size, frontier, digests)
    LogLeaf.objects.bulk_create(
        LogLeaf(index=index, event_id=pk, digest=digest)
        for index, (pk, digest) in enumerate(zip(event_ids, digests, strict=True), start=size)
    )
    LogNode.objects.bulk_create(
        LogNode(position=LogNode.place(*part), digest=digest)
        for part, digest in made.items()
        if part[0] > 0
    )
    LogPending.objects.filter(event_id__in=event_ids).delete()
    LogTip.objects.filter(pk=1).update(size=size + len(event_ids))


def _refuse_contradiction() -> None:
    last = LogHead.objects.order_by("-size", "-pk").first()
    if last is None:
        return
    try:
        same = last.size <= tree.size() and tree.root(last.size) == bytes(last.root)
    except KeyError:  # a stored node is gone
        same = False
    if not same:
        raise LogBroken(
            f"The log's tree does not contain its signed head of {last.size} leaves. "
            "Run manage.py verify_log: it names the rows."
        )
