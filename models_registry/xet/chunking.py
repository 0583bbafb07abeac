"""Files that came whole, by LFS, get their chunks: then Xet clients can fetch and share them too.

The chunks are cut where a client would cut them, those of them that are stored already are not
stored again, and what was stored is read back and hashed before the file is said to be made of it.
The whole file goes an hour later, when no download of it can be under way any more.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from models_registry.formats.xet import Malformed, chunks, hashes
from models_registry.formats.xet.packing import Packed, Packer
from models_registry.formats.xet.shards import Term
from models_registry.models import Blob, RepoBlob, XetChunk, XetFile, Xorb
from models_registry.storage import Content, store, xorb_store
from models_registry.xet import checking
from models_registry.xet.recording import Verified, remember, run_of, take_in, touch
from portal.clock import db_now

WHOLE_FOR = dt.timedelta(hours=1)

_NAMED = Exists(RepoBlob.objects.filter(blob=OuterRef("pk"), linked_at__isnull=False))
_IN_CHUNKS = XetFile.objects.filter(blob=OuterRef("pk"))


def waiting() -> QuerySet[Blob]:
    """Return the large files that a commit named and that have no chunks yet."""
    return Blob.objects.filter(_NAMED, ~Exists(_IN_CHUNKS), size__gt=0)


def is_wanted() -> bool:
    return waiting().exists()


def into_chunks(blob: Blob, check: Callable[[], object] = lambda: None) -> bool:
    """Store the chunks of a file and name it by them; return False where its bytes are damaged.

    `check` is called between chunks, and may raise.
    """
    pieces = _Pieces()
    with store.open(blob.sha256) as file:
        for chunk in chunks.cut(file):
            check()
            pieces.add(chunk)
    pieces.close()
    terms = pieces.terms()
    runs = [run_of(term, xorb_store.index(term.xorb)) for term in terms]
    try:
        told = checking.sha256_of(runs).result()
    except Malformed:
        return False
    if told["sha256"] != blob.sha256:
        return False
    first = (pieces.nodes[0][0], terms[0].xorb)
    content = Content(blob.sha256, blob.size)
    return _recorded(Verified(hashes.file_hash(pieces.nodes), terms, content, first))


def _recorded(file: Verified) -> bool:
    with transaction.atomic():
        touch({term.xorb for term in file.terms})
        if not Blob.objects.select_for_update().filter(pk=file.content.sha256).exists():
            return False  # nobody has it any more
        remember(file)
    return True


class _Pieces:
    """The chunks of a file in order, each in a stored xorb or in one that is being made."""

    def __init__(self) -> None:
        self.nodes: list[hashes.Node] = []
        self._places: list[tuple[int | bytes, int]] = []  # xorb (a number: one of ours), chunk
        self._known: dict[bytes, tuple[int | bytes, int]] = {}
        self._packer = Packer()
        self._made: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        name = hashes.chunk_hash(chunk)
        if not self.nodes or hashes.is_eligible(name):
            self._known |= _stored_beside(name)
        place = self._known.get(name) or self._packed(name, chunk)
        self.nodes.append((name, len(chunk)))
        self._places.append(place)

    def _packed(self, name: bytes, chunk: bytes) -> tuple[int | bytes, int]:
        if not self._packer.has_room_for(chunk):
            self._store()
        place = (len(self._made), len(self._packer))
        self._packer.add(chunk)
        self._known[name] = place
        return place

    def close(self) -> None:
        if len(self._packer):
            self._store()

    def _store(self) -> None:
        packed = self._packer.taken()
        store_xorb(packed)
        self._made.append(packed.name)

    def terms(self) -> list[Term]:
        """Return the runs of chunks that follow each other both in the file and in their xorb."""
        found: list[Term] = []
        for (place, number), (_name, size) in zip(self._places, self.nodes, strict=True):
            xorb = self._made[place] if isinstance(place, int) else place
            last = found[-1] if found else None
            if last is not None and (last.xorb, last.end) == (xorb, number):
                found[-1] = Term(xorb, last.start, number + 1, last.size + size)
            else:
                found.append(Term(xorb, number, number + 1, size))
        return found


def store_xorb(packed: Packed) -> None:
    """Keep a xorb that we made ourselves."""
    put = partial(xorb_store.put, packed.content, packed.name, packed.index)
    take_in(packed.name, packed.index, put)


def _stored_beside(chunk: bytes) -> dict[bytes, tuple[int | bytes, int]]:
    """Return {chunk: (xorb, its number there)} of a sound xorb with this chunk, if there is one."""
    sound = Xorb.objects.sound().filter(pk=OuterRef("xorb"))
    rows = XetChunk.objects.filter(Exists(sound), hash=chunk).order_by("-pk")
    name = rows.values_list("xorb_id", flat=True).first()
    if name is None:
        return {}
    return {key: (name, number) for number, key in enumerate(xorb_store.index(name).hashes)}


def drop_whole_files() -> Iterator[int]:
    """Delete whole files whose chunks have been there for a while; yield the size of each."""
    before = db_now() - WHOLE_FOR
    for sha256 in list(store.keys()):
        in_chunks = XetFile.objects.filter(blob=sha256, created_at__lt=before)
        if store.changed_at(sha256) < before.timestamp() and in_chunks.exists():
            size = store.size(sha256)
            store.delete(sha256)
            yield size


def next_files(count: int) -> list[Blob]:
    """Return files that wait and whose bytes are here, the oldest first."""
    found = (blob for blob in waiting().order_by("created_at").iterator() if store.has(blob.pk))
    return list(islice(found, count))
