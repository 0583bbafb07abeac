"""Rows of xorbs, and of files that are runs of their chunks, once everything was recomputed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed, hashes, plans, xorbs
from models_registry.formats.xet.checker import Run
from models_registry.formats.xet.shards import Term
from models_registry.models import Blob, XetChunk, XetFile, XetFileXorb, Xorb
from models_registry.storage import Content, xorb_store
from portal.clock import db_now

BATCH = 500
IN_USE: dict[str, None] = {"unused_since": None, "doomed_at": None}


@dataclass(frozen=True)
class Verified:
    """A file whose hash and sha256 were both computed from stored bytes."""

    hash: bytes
    terms: Sequence[Term]
    content: Content
    first_chunk: tuple[bytes, bytes]  # and the xorb it is in


def take_in(name: bytes, index: xorbs.Index, keep: Callable[[], object]) -> Xorb:
    """Let `keep` store a checked xorb and write its row; one that was about to go stays.

    One that is here stays as it is: the same chunks may be packed in other ways, and others know
    by heart where each chunk of this one lies. Without its row a xorb looks like what nobody needs.
    """
    with xorb_store.coming_in(name):
        row = Xorb.objects.filter(pk=name, damaged_at=None).first()
        if row is not None:
            touch({name})
            return row
        keep()
        facts = {"size": index.packed_size, "raw_size": index.raw_size, "chunks": len(index)}
        row, _new = Xorb.objects.update_or_create(
            hash=name,
            defaults=facts | IN_USE | {"damaged_at": None},
            create_defaults=facts | {"created_at": db_now()},
        )
        return row


def run_of(term: Term, index: xorbs.Index) -> Run:
    """Return where the checker finds the chunks of a run."""
    first, behind = index.packed_range(term.start, term.end)
    return Run(xorb_store.location(term.xorb), first, behind, term.size)


def touch(names: set[bytes]) -> None:
    """Hold the xorbs, so that none goes while a file that needs it comes in."""
    wanted = sorted(names)
    held = 0
    for start in range(0, len(wanted), BATCH):
        held += Xorb.objects.filter(hash__in=wanted[start : start + BATCH]).update(**IN_USE)
    if held != len(wanted):
        raise Malformed(_("a xorb went while it was being named"))


def remember(file: Verified) -> None:
    """Write the row of a file, and what its xorbs are found by; safe to repeat."""
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
