"""Xorbs that no file needs any more go, slowly.

Clients remember for 21 days which chunks are here and refer to them without asking, so a xorb stays
28 days after the last file that needed it, then two more in which nobody is told of it and any use
brings it back. What goes is asked for once more under its lock.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from models_registry.models import XetChunk, XetFileXorb, Xorb, XorbSent
from models_registry.storage import xorb_store
from models_registry.storage.sweeping import Progress
from portal.clock import db_now

SENT_FOR = dt.timedelta(days=7)  # how long an upload may take between a xorb and its file
UNUSED_FOR = dt.timedelta(days=28)
DOOMED_FOR = dt.timedelta(hours=48)
STRAY_FOR = dt.timedelta(hours=24)


_NEEDED = Exists(XetFileXorb.objects.filter(xorb=OuterRef("pk")))


@dataclass
class Swept:
    """How many xorbs became unused, doomed, or went; `freed`: bytes on disk."""

    unused: int = 0
    doomed: int = 0
    removed: int = 0
    strays: int = 0
    freed: int = 0


def due(now: dt.datetime) -> Swept:
    """Return what `sweep` would do now, changing nothing."""
    unneeded = Xorb.objects.filter(~_NEEDED)
    going = unneeded.filter(doomed_at__lt=now - DOOMED_FOR)
    return Swept(
        unused=unneeded.filter(unused_since=None).count(),
        doomed=unneeded.filter(doomed_at=None, unused_since__lt=now - UNUSED_FOR).count(),
        removed=going.count(),
        strays=len(_strays(now)) + len(_abandoned(now)),
        freed=sum(going.values_list("size", flat=True)),
    )


def _silent(done: int, total: int, phase: str) -> None:
    """Tell nobody how far it is."""


def sweep(now: dt.datetime, tell: Progress = _silent) -> Swept:
    """Take every xorb one step further; `tell` is called between them, and may raise."""
    swept = Swept()
    XorbSent.objects.filter(at__lt=now - SENT_FOR).delete()
    Xorb.objects.filter(_NEEDED & ~Q(unused_since=None)).update(unused_since=None, doomed_at=None)
    swept.unused = Xorb.objects.filter(~_NEEDED, unused_since=None).update(unused_since=now)
    doomed = Xorb.objects.filter(
        ~_NEEDED, doomed_at=None, unused_since__lt=now - UNUSED_FOR, senders=None
    )
    for name in _told(list(doomed.values_list("pk", flat=True)), tell, "dooming"):
        swept.doomed += _doom(name, now)
    going = Xorb.objects.filter(doomed_at__lt=now - DOOMED_FOR)
    for name, size in _told(list(going.values_list("pk", "size")), tell, "removing"):
        if _remove(name, now):
            swept.removed += 1
            swept.freed += size
    for name in _told(_strays(now), tell, "strays"):
        swept.strays += _delete_stray(name)
    for path in _abandoned(now):
        path.unlink(missing_ok=True)
        swept.strays += 1
    return swept


def _told(items: Sequence[Any], tell: Progress, phase: str) -> Iterator[Any]:
    for number, item in enumerate(items, start=1):
        tell(number, len(items), phase)
        yield item


def _doom(name: bytes, now: dt.datetime) -> int:
    """Stop telling of a xorb. Its row first, as uploads do: they wait here, never in a ring."""
    with transaction.atomic():
        doomed = Xorb.objects.filter(~_NEEDED, pk=name).update(doomed_at=now)
        if doomed:
            XetChunk.objects.filter(xorb=name).delete()
        return doomed


def _remove(name: bytes, now: dt.datetime) -> bool:
    """Remove a doomed xorb, unless a file has come to need it since it was looked at."""
    with transaction.atomic():
        row = Xorb.objects.select_for_update().filter(pk=name).first()
        if row is None or row.doomed_at is None or row.doomed_at >= now - DOOMED_FOR:
            return False
        if XetFileXorb.objects.filter(xorb=name).exists():
            return False
        row.delete()
    return bool(_delete_stray(name))


def _strays(now: dt.datetime) -> list[bytes]:
    """Return xorbs on disk without a row: what a crash left between the two."""
    before = (now - STRAY_FOR).timestamp()
    old = [name for name, written in xorb_store.names() if written < before]
    known: set[bytes] = set()
    for start in range(0, len(old), 500):
        rows = Xorb.objects.filter(pk__in=old[start : start + 500])
        known |= set(rows.values_list("pk", flat=True))
    return [name for name in old if name not in known]


def _abandoned(now: dt.datetime) -> list[Path]:
    """Return xorbs that were sent, and whose shard never came."""
    if xorb_store.arrivals is None:
        return []
    return list(xorb_store.arrivals.old((now - SENT_FOR).timestamp()))


def _delete_stray(name: bytes) -> int:
    """Delete the bytes of a xorb that has no row, while none can come in."""
    with xorb_store.held(alone=True):
        if Xorb.objects.filter(pk=name).exists():
            return 0
        xorb_store.delete(name)
        return 1


def sweep_now(tell: Progress = _silent) -> Swept:
    return sweep(db_now(), tell)
