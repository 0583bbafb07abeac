"""Two revisions laid beside each other: what `sharing` needs, read from their safetensors files.

Whoever asks must have passed the right and the gate of both repos before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from django.core.cache import caches

from models_registry import revisions
from models_registry.formats.safetensors import Malformed, Tensor, read_header
from models_registry.formats.xet import Malformed as MalformedXet
from models_registry.formats.xet import plans
from models_registry.formats.xet.shards import Term
from models_registry.models import XetFile
from models_registry.revisions import Entry, Revision
from models_registry.revisions.weights import LONGEST_HEADERS, MOST_FILES, chosen
from models_registry.sharing import Chunk, Row, State, shared
from models_registry.storage import xorb_store
from models_registry.storage.contents import Reader

KEPT_SECONDS = 3600  # revisions never change, but a file that came whole may get its chunks
MOST_ENTRIES = 10_000
MOST_CHUNKS = 500_000  # about 32 GB of content on one side
EDGES = 512 * 1024  # bytes of a tensor in chunks that reach into its neighbours, generously
READ_AT_MOST = 64 * 2**20


class TooMuch(Exception):
    """No weights, or more than a page can lay beside each other."""


@dataclass(frozen=True)
class Side:
    """The weights of one revision as one run of bytes: its files, and its tensors' places in it."""

    files: tuple[Entry, ...]
    terms: Mapping[str, list[Term]]
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def open(self, file: Entry) -> BinaryIO:
        """Return the bytes of one of the files, asking for its chunks only once."""
        if file.sha256 in self.terms:
            return Reader(self.terms[file.sha256])  # type: ignore[return-value]
        return revisions.open_entry(file)

    def read(self, tensor: Tensor, part: tuple[int, int]) -> bytes:
        """Return a part of a tensor: first byte, byte behind. Raises `FileNotFoundError`."""
        start = 0
        for file in self.files:
            if tensor.start < start + file.size:
                break
            start += file.size
        with self.open(file) as stream:
            stream.seek(tensor.start - start + part[0])
            return stream.read(part[1] - part[0])

    def chunks(self) -> list[Chunk]:
        """Return what the run consists of; a file without chunks is one, under its sha256."""
        return [chunk for file in self.files for chunk in self._chunks_of(file)]

    def _chunks_of(self, file: Entry) -> list[Chunk]:
        if file.sha256 not in self.terms:
            return [Chunk(bytes.fromhex(file.sha256), file.size, whole=True)]
        return [
            Chunk(key, size)
            for term in self.terms[file.sha256]
            for key, size in xorb_store.index(term.xorb).nodes(term.start, term.end)
        ]


def compared(ours: Revision, base: Revision) -> list[Row] | None:
    """Return the rows of `sharing.shared`, kept for a while; None where either has no weights
    that can be read, or too many."""
    key = f"sharing:{ours.repo.pk}:{ours.oid}:{base.repo.pk}:{base.oid}"
    kept = caches["local"].get(key)
    if kept is None:
        kept = (_compared(ours, base),)
        caches["local"].set(key, kept, KEPT_SECONDS)
    rows: list[Row] | None = kept[0]
    return rows


def _compared(ours: Revision, base: Revision) -> list[Row] | None:
    try:
        left, right = _sides(ours, base)
        rows = shared(left.tensors, left.chunks(), right.tensors, right.chunks())
        return _read_where_hashes_do_not_tell(rows, left, right)
    except (Malformed, MalformedXet, TooMuch, FileNotFoundError):
        return None


def _sides(*compared: Revision) -> list[Side]:
    weights = [_weights(revision) for revision in compared]
    terms = terms_of(file for files in weights for file in files)
    if sum(term.end - term.start for found in terms.values() for term in found) > MOST_CHUNKS:
        raise TooMuch
    sides = [Side(files, terms) for files in weights]
    for side in sides:
        _place_tensors(side)
    return sides


def _weights(revision: Revision) -> tuple[Entry, ...]:
    found = revisions.listing(revision, limit=MOST_ENTRIES, sizes=False)
    wanted = chosen(item.path for item in found if item.is_file)
    if not 0 < len(wanted) <= MOST_FILES:
        raise TooMuch
    return tuple(revisions.entries(revision, wanted))


def _place_tensors(side: Side) -> None:
    at, room = 0, LONGEST_HEADERS
    for file in side.files:
        with side.open(file) as stream:
            header = min(8 + int.from_bytes(stream.read(8), "little"), file.size)
            room -= header
            if room < 0:
                raise TooMuch
            stream.seek(0)
            found = read_header(stream, file.size)
        for name, tensor in found.items():
            start = at + header + tensor.start
            side.tensors[name] = replace(tensor, start=start, stop=start + tensor.size)
        at += file.size


def terms_of(files: Iterable[Entry]) -> dict[str, list[Term]]:
    """Return the runs of chunks of those files that came as Xet, by their sha256. One query."""
    keys = {file.lfs for file in files if file.lfs}
    rows = XetFile.objects.filter(blob__in=keys).order_by("-created_at")
    return {
        sha256: plans.from_rows(bytes(terms)) for sha256, terms in rows.values_list("blob", "terms")
    }


def _read_where_hashes_do_not_tell(rows: list[Row], ours: Side, base: Side) -> list[Row]:
    """Settle by their bytes the tensors of which little is unproven, as far as that is quick.

    The edges of an unchanged tensor may stand in one chunk with a change, or with the header.
    """
    room = READ_AT_MOST
    settled = {}
    for row in sorted(rows, key=_open_bytes):
        if not row.unproven or (row.state is State.CHANGED and _open_bytes(row) > EDGES):
            continue
        room -= _open_bytes(row)
        if room < 0:
            break
        pair = ours.tensors[row.name], base.tensors[row.name]
        is_same = all(ours.read(pair[0], part) == base.read(pair[1], part) for part in row.unproven)
        state, common = (State.UNCHANGED, row.size) if is_same else (State.CHANGED, row.shared)
        settled[row.name] = replace(row, state=state, shared=common)
    return [replace(settled.get(row.name, row), unproven=()) for row in rows]


def _open_bytes(row: Row) -> int:
    return sum(behind - first for first, behind in row.unproven)
