"""Xorbs and shards coming in. Nothing is named before every claim about it was recomputed.

A xorb waits by its sender until its shard comes, which says what its chunks are: see `arrived`.

A shard names files of which the commit later says only the sha256, so that is recomputed from the
stored bytes. The proof that comes with each run of chunks keeps hashes from being a claim: who
makes it knows all chunk hashes of the run, which nothing here ever publishes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from mmap import mmap
from pathlib import Path

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from models_registry import quotas, telling
from models_registry.formats.sentences import Sentence
from models_registry.formats.xet import Malformed, hashes, shards, xorbs
from models_registry.formats.xet.shards import Term
from models_registry.models import Repo, XetFile, Xorb, XorbSent
from models_registry.storage import Content, Readable, xorb_store
from models_registry.storage.arrivals import Sender
from models_registry.storage.crash import crash_point
from models_registry.storage.ownership import own, owned
from models_registry.xet import checking
from models_registry.xet.arrived import Arrived, NotProved
from models_registry.xet.grants import Grant
from models_registry.xet.recording import BATCH, Verified, remember, take_in, touch
from portal.clock import db_now
from portal.errors import Invalid
from portal.people.models import Person


class BadXorb(Invalid):
    code = "XetXorb"
    default = _("This is not a valid xorb of this hash.")


class BadShard(Invalid):
    code = "XetShard"
    default = _("This is not a valid shard.")


def _because(refusal: type[Invalid], fault: Malformed) -> object:
    return format_lazy("{} {}", refusal.default, telling.told(fault.said.facts()))


def receive_xorb(grant: Grant, name: bytes, body: Readable | Path) -> bool:
    """Take in a xorb that was sent to the repo; return whether it was new from that sender.

    `body`: a stream, or the file that a web server has written it to. What its chunks hold is
    checked with the shard that names it; where the store keeps no arrivals, now.
    """
    check_room(grant)
    taken = xorb_store.taken if isinstance(body, Path) else xorb_store.received
    with taken(body, xorbs.MAX_BYTES) as temporary:  # type: ignore[arg-type]
        if xorb_store.arrivals is not None:
            new = not has_sent(grant, name)
            os.truncate(temporary, _packed_size(temporary))
            xorb_store.arrivals.keep(temporary, _sender(grant), name)
            return new
        return _keep(grant.repo, name, temporary, _checked(temporary, name))


def has_sent(grant: Grant, name: bytes) -> bool:
    """Whether this person has sent this xorb to the repo, and its shard is still to come."""
    arrivals = xorb_store.arrivals
    return arrivals is not None and arrivals.has(_sender(grant), name)


def _sender(grant: Grant) -> Sender:
    return Sender(grant.repo.pk, grant.require_write().pk)


def _packed_size(path: Path) -> int:
    """Return the bytes of a xorb's chunks, as their headers have them."""
    try:
        with path.open("rb") as file:
            return xorbs.ends(file)[0][-1]
    except Malformed as error:
        raise BadXorb(_because(BadXorb, error)) from None


def receive_staged(grant: Grant, name: bytes, place: str) -> bool:
    """Store a xorb that was sent to the bucket; raises FileNotFoundError if none was."""
    check_room(grant)
    with xorb_store.staged(place) as (key, location):
        index = _checked(location, name)
        row = take_in(name, index, lambda: xorb_store.adopt_staged(key, name, index))
        return _sent(grant.repo, row)


def check_room(grant: Grant) -> None:
    """Refuse who may not write, or has used up their room already."""
    quotas.check(quotas.charged_to(grant.repo, grant.require_write()), 0)


def _checked(location: str | Path, name: bytes) -> xorbs.Index:
    try:
        return checking.check_xorb(location, name)
    except Malformed as error:
        raise BadXorb(_because(BadXorb, error)) from None


def _sent(repo: Repo, row: Xorb) -> bool:
    _row, new = XorbSent.objects.get_or_create(repo=repo, xorb=row, defaults={"at": db_now()})
    crash_point("xorb:row-written")
    return new


def accept_shard(grant: Grant, raw: bytes | mmap) -> Iterator[tuple[int, int]]:
    """Check a shard and record its files as sent to the repo; yields (files verified, of all).

    Yields at least every `arrived.HEARTBEAT` seconds. Raises `BadShard`, or the quota's refusal.
    """
    person = grant.require_write()
    try:
        shard = shards.read(raw)
        found: list[Verified] = []
        with closing(Arrived(_sender(grant), shard)) as arrived:
            for verified in _verified(shard, arrived):
                if verified is not None:
                    found.append(verified)
                yield len(found), len(shard.files)
            crash_point("shard:checked")
            for name, place, index in arrived.kept():
                _keep(grant.repo, name, place, index)
        _record(grant.repo, person, found)
        crash_point("shard:committed")
    except Malformed as error:
        raise BadShard(_because(BadShard, error)) from None


def _verified(shard: shards.Shard, arrived: Arrived) -> Iterator[Verified | None]:
    """Yield each file once it is verified, None while bytes are being checked."""
    yield from arrived.take_up()
    _check_new(shard, arrived)
    for file in shard.files:
        yield from _verify(file, arrived)
    yield from arrived.rest()


def _keep(repo: Repo, name: bytes, place: Path, index: xorbs.Index) -> bool:
    """Store a xorb that was checked."""
    row = take_in(name, index, lambda: xorb_store.adopt(place, name, index))
    return _sent(repo, row)


def _check_new(shard: shards.Shard, arrived: Arrived) -> None:
    """Compare what the shard says of its new xorbs with what we computed of them.

    A xorb that is somebody else's is refused with the words of one that nobody has.
    """
    for xorb in shard.xorbs:
        index = _indexes([xorb.hash], arrived)[xorb.hash]
        told = [(chunk, size) for chunk, _start, size, _flags in xorb.chunks()]
        if told != index.nodes() or xorb.raw_size != index.raw_size:
            raise NotProved()


def _verify(file: shards.File, arrived: Arrived) -> Iterator[Verified | None]:
    """Yield None while the bytes are being hashed, at last the verified file."""
    terms = list(file.terms())
    proofs = list(file.verifications())
    if len(proofs) != len(terms):
        raise Malformed(Sentence(gettext_noop("each run of chunks needs its verification")))
    indexes = _indexes([term.xorb for term in terms], arrived)
    nodes: list[hashes.Node] = []
    for term, proof in zip(terms, proofs, strict=True):
        nodes += _proved(term, proof, indexes[term.xorb])
    if hashes.file_hash(nodes) != file.hash:
        raise Malformed(Sentence(gettext_noop("a file has another hash than its chunks make")))
    first = (nodes[0][0], terms[0].xorb)
    known = XetFile.objects.filter(hash=file.hash).select_related("blob").first()
    if known is not None:
        content = Content(known.blob.sha256, known.blob.size)
    else:
        content = yield from arrived.content(terms, indexes)
    if file.sha256 is not None and file.sha256.hex() != content.sha256:
        text = gettext_noop("a file has another SHA-256 than the shard says")
        raise Malformed(Sentence(text))
    quotas.check_file(content.size)
    yield Verified(file.hash, terms, content, first)


def _proved(term: Term, proof: bytes, index: xorbs.Index) -> list[hashes.Node]:
    """Return the chunks of a run."""
    if not 0 <= term.start < term.end <= len(index):
        raise NotProved()
    first, behind = index.raw_range(term.start, term.end)
    if (
        behind - first != term.size
        or hashes.term_hash(index.hashes[term.start : term.end]) != proof
    ):
        raise NotProved()
    return index.nodes(term.start, term.end)


def _indexes(names: Sequence[bytes], arrived: Arrived) -> dict[bytes, xorbs.Index]:
    """Return the indexes of these xorbs; one that is not here is a run nobody can prove."""
    wanted = list(dict.fromkeys(names))
    found = {name: index for name in wanted if (index := arrived.index(name)) is not None}
    stored = [name for name in wanted if name not in found]
    have: set[bytes] = set()
    for start in range(0, len(stored), BATCH):
        rows = Xorb.objects.filter(hash__in=stored[start : start + BATCH])
        have |= set(rows.values_list("hash", flat=True))
    if have != set(stored):
        raise NotProved()
    try:
        return found | {name: xorb_store.index(name) for name in stored}
    except FileNotFoundError:  # it went while we looked
        raise NotProved() from None


def _record(repo: Repo, person: Person, found: Sequence[Verified]) -> None:
    """Make the repo the owner of the files, in one transaction with the xorbs they need.

    Files that came at the same time may have taken the room: that is asked under its lock.
    """
    charged = quotas.charged_to(repo, person)
    with transaction.atomic():
        quotas.hold(charged)
        have = owned(repo, (file.content.sha256 for file in found))
        new = {file.content for file in found if file.content.sha256 not in have}
        quotas.check(charged, sum(content.size for content in new))
        touch({term.xorb for file in found for term in file.terms})
        for file in found:
            own(repo, file.content, by=person, charged=charged, in_chunks=True)
            remember(file)
        crash_point("shard:before-commit")
