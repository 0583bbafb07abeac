"""Xorbs and shards coming in. Nothing is named before every claim about it was recomputed.

A shard names files of which the commit later says only the sha256, so that is recomputed from the
stored bytes. The proof that comes with each run of chunks keeps hashes from being a claim: who
makes it knows all chunk hashes of the run, which nothing here ever publishes.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from mmap import mmap

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from models_registry import quotas
from models_registry.formats.xet import Malformed, hashes, plans, shards, xorbs
from models_registry.formats.xet.checker import Run
from models_registry.formats.xet.shards import Term
from models_registry.models import Blob, Repo, XetChunk, XetFile, XetFileXorb, Xorb, XorbSent
from models_registry.storage import Content, Readable, xorb_store
from models_registry.storage.ownership import own, owned
from models_registry.xet import checking
from models_registry.xet.grants import Grant
from portal.clock import db_now
from portal.errors import Invalid
from portal.people.models import Person

BATCH = 500
IN_USE: dict[str, None] = {"unused_since": None, "doomed_at": None}
HEARTBEAT = 15  # seconds; clients wait 300 for the next line


class BadXorb(Invalid):
    code = "XetXorb"
    default = _("This is not a valid xorb of this hash.")


class BadShard(Invalid):
    code = "XetShard"
    default = _("This is not a valid shard.")


@dataclass(frozen=True)
class Verified:
    """A file of a shard whose every claim holds."""

    hash: bytes
    terms: Sequence[Term]
    content: Content
    first_chunk: tuple[bytes, bytes]  # and the xorb it is in


def receive_xorb(grant: Grant, name: bytes, stream: Readable) -> bool:
    """Store a xorb that was sent to the repo; return whether it was new to that repo."""
    person = grant.require_write()
    quotas.check(quotas.charged_to(grant.repo, person), 0)
    with xorb_store.received(stream, xorbs.MAX_BYTES) as temporary:
        try:
            index = checking.check_xorb(temporary, name)
        except Malformed as error:
            raise BadXorb(f"{BadXorb.default} {error}") from None
        with xorb_store.held():
            xorb_store.adopt(temporary, name, index)
            return _sent(grant.repo, name, index)


def _sent(repo: Repo, name: bytes, index: xorbs.Index) -> bool:
    facts = {
        "size": index.packed_size,
        "raw_size": index.raw_size,
        "chunks": len(index),
        "created_at": db_now(),
    }
    with transaction.atomic():
        row, _new = Xorb.objects.update_or_create(
            hash=name, defaults=IN_USE | {"damaged_at": None}, create_defaults=facts
        )
        _row, new = XorbSent.objects.get_or_create(repo=repo, xorb=row, defaults={"at": db_now()})
    return new


def accept_shard(grant: Grant, raw: bytes | mmap) -> Iterator[tuple[int, int]]:
    """Check a shard and record its files as sent to the repo; yields (files verified, of all).

    Yields at least every `HEARTBEAT` seconds. Raises `BadShard`, or the quota's refusal.
    """
    person = grant.require_write()
    try:
        shard = shards.read(raw)
        found: list[Verified] = []
        _check_new(shard)
        for file in shard.files:
            for verified in _verify(file):
                if verified is not None:
                    found.append(verified)
                yield len(found), len(shard.files)
    except Malformed as error:
        raise BadShard(f"{BadShard.default} {error}") from None
    _record(grant.repo, person, found)


def _check_new(shard: shards.Shard) -> None:
    """Compare what the shard says of its new xorbs with what we computed of them."""
    for xorb in shard.xorbs:
        index = _indexes([xorb.hash])[xorb.hash]
        told = [(chunk, size) for chunk, _start, size, _flags in xorb.chunks()]
        if told != index.nodes() or xorb.raw_size != index.raw_size:
            raise Malformed("a xorb holds other chunks than the shard says")


def _verify(file: shards.File) -> Iterator[Verified | None]:
    """Yield None while the bytes are being hashed, at last the verified file."""
    terms = list(file.terms())
    proofs = list(file.verifications())
    if len(proofs) != len(terms):
        raise Malformed("each run of chunks needs its verification")
    indexes = _indexes([term.xorb for term in terms])
    nodes: list[hashes.Node] = []
    for term, proof in zip(terms, proofs, strict=True):
        nodes += _proved(term, proof, indexes[term.xorb])
    if hashes.file_hash(nodes) != file.hash:
        raise Malformed("a file has another hash than its chunks make")
    first = (nodes[0][0], terms[0].xorb)
    known = XetFile.objects.filter(hash=file.hash).select_related("blob").first()
    if known is not None:
        content = Content(known.blob.sha256, known.blob.size)
    else:
        hashing = checking.sha256_of([_run(term, indexes[term.xorb]) for term in terms])
        while not wait([hashing], timeout=HEARTBEAT).done:
            yield None
        content = Content(**hashing.result())
    if file.sha256 is not None and file.sha256.hex() != content.sha256:
        raise Malformed("a file has another SHA-256 than the shard says")
    quotas.check_file(content.size)
    yield Verified(file.hash, terms, content, first)


def _proved(term: Term, proof: bytes, index: xorbs.Index) -> list[hashes.Node]:
    """Return the chunks of a run; the same refusal whatever is wrong with it."""
    if not 0 <= term.start < term.end <= len(index):
        raise Malformed("a run of chunks is not what the shard says")
    first, behind = index.raw_range(term.start, term.end)
    if (
        behind - first != term.size
        or hashes.term_hash(index.hashes[term.start : term.end]) != proof
    ):
        raise Malformed("a run of chunks is not what the shard says")
    return index.nodes(term.start, term.end)


def _run(term: Term, index: xorbs.Index) -> Run:
    first, behind = index.packed_range(term.start, term.end)
    return str(xorb_store.path(term.xorb)), first, behind, term.size


def _indexes(names: Sequence[bytes]) -> dict[bytes, xorbs.Index]:
    """Return the indexes of these xorbs; one that is not here is a run nobody can prove."""
    wanted = list(dict.fromkeys(names))
    have: set[bytes] = set()
    for start in range(0, len(wanted), BATCH):
        rows = Xorb.objects.filter(hash__in=wanted[start : start + BATCH])
        have |= set(rows.values_list("hash", flat=True))
    if have != set(wanted):
        raise Malformed("a run of chunks is not what the shard says")
    try:
        return {name: xorb_store.index(name) for name in wanted}
    except FileNotFoundError:  # it went while we looked
        raise Malformed("a run of chunks is not what the shard says") from None


def _record(repo: Repo, person: Person, found: Sequence[Verified]) -> None:
    """Make the repo the owner of the files, in one transaction with the xorbs they need."""
    charged = quotas.charged_to(repo, person)
    have = owned(repo, (file.content.sha256 for file in found))
    new = {file.content for file in found if file.content.sha256 not in have}
    quotas.check(charged, sum(content.size for content in new))
    with transaction.atomic():
        _touch({term.xorb for file in found for term in file.terms})
        for file in found:
            own(repo, file.content, by=person, charged=charged, in_chunks=True)
            _remember(file)


def _touch(names: set[bytes]) -> None:
    """Hold the xorbs, so that none goes while a file that needs it comes in."""
    wanted = sorted(names)
    held = 0
    for start in range(0, len(wanted), BATCH):
        held += Xorb.objects.filter(hash__in=wanted[start : start + BATCH]).update(**IN_USE)
    if held != len(wanted):
        raise BadShard()


def _remember(file: Verified) -> None:
    row, new = XetFile.objects.get_or_create(
        hash=file.hash,
        defaults={
            "blob": Blob.objects.get(pk=file.content.sha256),
            "terms": plans.to_rows(file.terms),
            "created_at": db_now(),
        },
    )
    if not new:
        return
    names = {term.xorb for term in file.terms}
    XetFileXorb.objects.bulk_create(
        [XetFileXorb(file=row, xorb_id=name) for name in names], batch_size=BATCH
    )
    chunks = {file.first_chunk}
    for name in names:
        index = xorb_store.index(name)
        chunks |= {(chunk, name) for chunk in index.hashes if hashes.is_eligible(chunk)}
    XetChunk.objects.bulk_create(
        [XetChunk(hash=chunk, xorb_id=name) for chunk, name in chunks],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
