"""Dedup: which chunks and xorbs a person may learn of. Only what they may read anyway.

An answer masks chunk hashes with a key that changes every week: it is of use to somebody who has
the chunk, and to nobody else.
"""

import hashlib
import hmac
import time

from django.conf import settings

from models_registry.formats.xet import plans, shards
from models_registry.hub_api.limits import windows
from models_registry.models import RepoBlob, XetChunk, XetFile, Xorb, XorbSent
from models_registry.storage import xorb_store
from models_registry.xet.grants import Grant, may_read
from portal.access import decide
from portal.clock import db_now
from portal.errors import TooMany

PERIOD = 7 * 24 * 3600  # seconds, less than the time that an unused xorb is kept
TOLD = 16  # xorbs in an answer: a gigabyte, in one megabyte
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
            told = [(each, xorb_store.index(each)) for each in (name, *_behind(grant, name))]
            return shards.answer(told, _key(end), created=now, expires=end)
    return None


def _behind(grant: Grant, name: bytes) -> list[bytes]:
    """Return the xorbs that follow in a file: who has a chunk of one probably has theirs too, and
    may have none in them to ask for."""
    file = XetFile.objects.filter(xorbs=name).order_by("created_at").first()
    if file is None:
        return []
    names = list(dict.fromkeys(term.xorb for term in plans.from_rows(bytes(file.terms))))
    behind = names[names.index(name) + 1 :][: TOLD - 1]
    return [each for each in behind if is_known(grant, each)]


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
