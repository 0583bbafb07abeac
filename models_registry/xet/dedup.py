"""Dedup: which chunks and xorbs a person may learn of. Only what they may read anyway.

An answer masks chunk hashes with a key that changes every week: it is of use to somebody who has
the chunk, and to nobody else.
"""

import hashlib
import hmac
import time

from django.conf import settings

from models_registry.formats.xet import shards
from models_registry.hub_api.limits import windows
from models_registry.models import RepoBlob, XetChunk, Xorb, XorbSent
from models_registry.storage import xorb_store
from models_registry.xet.grants import Grant, may_read
from portal.access import decide
from portal.clock import db_now
from portal.errors import TooMany

PERIOD = 7 * 24 * 3600  # seconds, less than the time that an unused xorb is kept
LOOKED_AT = 50  # repos and xorbs; a miss costs the client an upload, nothing else


def check_rate(grant: Grant) -> None:
    """Refuse somebody who asks for chunks without end; clients take that for a miss."""
    seen, seconds = windows.count(("dedup", str(grant.require_write().pk)), time.time())
    if seen > settings.HUB_RATE_LIMITS["dedup"]:
        raise TooMany(retry_after=seconds + 1)


def answer(grant: Grant, chunk: bytes) -> bytes | None:
    """Return a shard that tells of a xorb with this chunk; None where there is none to tell of."""
    rows = XetChunk.objects.filter(hash=chunk).order_by("-pk").values_list("xorb_id", flat=True)
    for name in rows[:LOOKED_AT]:
        if is_known(grant, name):
            now = int(db_now().timestamp())
            end = (now // PERIOD + 1) * PERIOD
            index = xorb_store.index(name)
            return shards.answer([(name, index)], _key(end), created=now, expires=end)
    return None


def _key(end: int) -> bytes:
    told = f"models_registry.xet.dedup:{end}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), told, hashlib.sha256)


def is_known(grant: Grant, xorb: bytes) -> bool:
    """Whether the person may learn that this xorb is here: it was sent to this repo, or is part of
    a repo that they may read and whose gate they have passed."""
    if not Xorb.objects.sound().filter(pk=xorb).exists():
        return False
    if _may_know(grant) and XorbSent.objects.filter(repo=grant.repo, xorb=xorb).exists():
        return True
    owners = RepoBlob.objects.filter(
        blob__xet_files__xorbs=xorb, linked_at__isnull=False
    ).select_related("repo__namespace")
    return any(may_read(grant.actor, owner.repo) for owner in owners[:LOOKED_AT])


def _may_know(grant: Grant) -> bool:
    """Whether the person may learn what was sent to the repo; a guest with a proposal may not,
    where the gate holds the content back."""
    return bool(decide(grant.actor, "write", grant.repo)) or may_read(grant.actor, grant.repo)
