"""A pack of chosen objects, streamed from the database and the content store."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from models_registry.batches import batched
from models_registry.formats import packs
from models_registry.formats.git_objects import BLOB, deflate
from models_registry.models import Obj
from models_registry.revisions import objects
from models_registry.storage import opened

PIECE = 2**18
LONGEST = 600  # seconds that a pack may take


class Interrupted(Exception):
    """The pack took too long, or an object went away meanwhile."""


class Row(NamedTuple):
    """What a pack needs of an `Obj`; making thousands of those costs more than reading them."""

    oid: str
    type: int
    size: int
    data: bytes | None
    base: str | None
    delta_size: int | None
    store_key: str | None


def packed(repo_id: int, oids: Sequence[str]) -> Iterator[bytes]:
    """Yield a pack of these objects in pieces; raises `Interrupted`."""
    yield from packs.pack(len(oids), _entries(repo_id, oids))


def _entries(repo_id: int, oids: Sequence[str]) -> Iterator[bytes]:
    deadline = time.monotonic() + LONGEST
    together = set(oids)
    for batch in batched(oids):
        found = Obj.objects.filter(repo_id=repo_id, oid__in=batch).values_list(*Row._fields)
        rows = {row.oid: row for row in map(Row._make, found)}
        if len(rows) != len(batch):
            raise Interrupted("an object went away")
        if time.monotonic() > deadline:
            raise Interrupted("this takes too long; use --depth 1")
        for oid in batch:
            yield from _entry(repo_id, rows[oid], together)


def _entry(repo_id: int, row: Row, together: set[str]) -> Iterator[bytes]:
    """Yield one object: as it is stored, where whoever gets it gets its base too."""
    if row.store_key is not None:
        yield packs.entry_header(BLOB, row.size)
        with opened(row.store_key) as file:
            yield from packs.deflated(iter(lambda: file.read(PIECE), b""))
    elif row.base is None:
        yield packs.entry_header(row.type, row.size) + bytes(row.data or b"")
    elif row.base in together:
        yield packs.entry_header(packs.REF_DELTA, row.delta_size or 0)
        yield bytes.fromhex(row.base) + bytes(row.data or b"")
    else:
        content = objects.read_small(repo_id, row.oid)
        yield packs.entry_header(row.type, row.size) + deflate(content)
