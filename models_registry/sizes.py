"""How large a revision is: what a download brings, and what is kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import caches

from models_registry import revisions
from models_registry.comparing import terms_of
from models_registry.formats.xet import Malformed, plans
from models_registry.formats.xet.shards import Term
from models_registry.revisions import Entry, Revision
from models_registry.storage import xorb_store

MOST_ENTRIES = 5000
MOST_XORBS = 1000  # of 64 MB each
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Sizes:
    """Bytes. `logical`: of all files. `stored`: of the chunks as they are packed, and of the files
    that are kept whole, each once; None where it is not added up, or a part is missing."""

    files: int
    logical: int
    stored: int | None


def sizes_of(revision: Revision) -> Sizes | None:
    """Return the sizes of a revision, kept for a while; None where it has too many files.

    They follow from this revision alone: what others store can not be told from them.
    """
    key = f"sizes:{revision.repo.pk}:{revision.oid}"
    kept = caches["local"].get(key)
    if kept is None:
        kept = (_added_up(revision),)
        caches["local"].set(key, kept, KEPT_SECONDS)
    sizes: Sizes | None = kept[0]
    return sizes


def _added_up(revision: Revision) -> Sizes | None:
    found = revisions.listing(revision, recursive=True, limit=MOST_ENTRIES + 1)
    if len(found) > MOST_ENTRIES:
        return None
    files = [entry for entry in found if entry.is_file]
    return Sizes(len(files), sum(file.size for file in files), _stored(files))


def _stored(files: list[Entry]) -> int | None:
    terms = terms_of(files)
    whole = {file.sha256 or file.oid: file.size for file in files if file.lfs not in terms}
    packed = _packed([term for found in terms.values() for term in found])
    return None if packed is None else sum(whole.values()) + packed


def _packed(terms: list[Term]) -> int | None:
    """Return the bytes of these chunks as they lie in their xorbs, each chunk counted once."""
    xorbs = {term.xorb for term in terms}
    if not terms:
        return 0
    if len(xorbs) > MOST_XORBS:
        return None
    try:
        indexes = {xorb: xorb_store.index(xorb) for xorb in xorbs}
    except (Malformed, FileNotFoundError):
        return None
    return _bytes_in(plans.plan(terms, indexes).fetches.values())


def _bytes_in(fetches: Iterable[tuple[plans.Fetch, ...]]) -> int:
    return sum(fetch.last + 1 - fetch.first for found in fetches for fetch in found)
