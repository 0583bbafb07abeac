"""Writing what can be found."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from django.db import transaction

from portal.clock import db_now
from portal.search.models import SearchEntry, SearchReader
from portal.search.words import cut

PUBLIC = "public"
EXCERPT = 300
Rebuild = Callable[[], Iterable["Entry"]]


@dataclass(frozen=True)
class Entry:
    """One findable thing. `visible_to`: "public", or the keys of who may see it:
    `person:<id>`, `organisation:<id>` (every member)."""

    kind: str
    id: str
    title: str
    body: str
    url: str
    visible_to: str | Collection[str] = PUBLIC
    excerpt: str = ""  # what is shown of it; empty: how the body begins


@dataclass(frozen=True)
class Contribution:
    title: object
    icon: str
    entries: Rebuild


KINDS: dict[str, Contribution] = {}


def contribute(kind: str, title: object, entries: Rebuild, *, icon: str = "dot") -> None:
    """Register a kind of entries: its plural title, and how to write all of them anew."""
    KINDS[kind] = Contribution(title, icon, entries)


def index(
    kind: str,
    id: str | int,
    title: str,
    body: str,
    url: str,
    visible_to: str | Collection[str] = PUBLIC,
    excerpt: str = "",
) -> None:
    """Make a thing findable, or change how it is found. Called in the deed's transaction.

    `visible_to`: "public", or a collection of `person:<id>` and `organisation:<id>`.
    """
    if isinstance(visible_to, str) and visible_to != PUBLIC:
        raise ValueError(f"visible_to is {PUBLIC!r} or a collection of keys, not {visible_to!r}.")
    public = visible_to == PUBLIC
    with transaction.atomic():
        entry, _new = SearchEntry.objects.update_or_create(
            kind=kind,
            ref=str(id),
            defaults={
                "title": title[:250],
                "excerpt": " ".join((excerpt or body).split())[:EXCERPT],
                "url": url[:500],
                "head": " ".join(cut(title)),
                "words": " ".join(cut(body)),
                "is_public": public,
                "updated_at": db_now(),
            },
        )
        _let_read(entry, () if public else visible_to)


def index_entry(entry: Entry) -> None:
    """Make a thing findable as its entry says."""
    index(**vars(entry))


def remove(kind: str, id: str | int) -> None:
    """Make a thing unfindable. Called in the deed's transaction; harmless if it is not there."""
    SearchEntry.objects.filter(kind=kind, ref=str(id)).delete()


def rebuild(kinds: Iterable[str] = ()) -> int:
    """Write all entries of these kinds (default: every kind) anew; returns how many."""
    written = 0
    for kind in kinds or KINDS:
        with transaction.atomic():
            kept = []
            for entry in KINDS[kind].entries():
                index_entry(replace(entry, kind=kind))
                kept.append(str(entry.id))
            _remove_others(kind, kept)
            written += len(kept)
    return written


def _let_read(entry: SearchEntry, keys: Collection[str]) -> None:
    entry.readers.exclude(key__in=keys).delete()
    known = set(entry.readers.values_list("key", flat=True))
    SearchReader.objects.bulk_create(
        SearchReader(entry=entry, key=key) for key in sorted(set(keys) - known)
    )


def _remove_others(kind: str, kept: Iterable[str]) -> None:
    wanted = set(kept)
    rows = SearchEntry.objects.filter(kind=kind).values_list("pk", "ref")
    gone = [pk for pk, ref in rows.iterator() if ref not in wanted]
    for start in range(0, len(gone), 500):
        SearchEntry.objects.filter(pk__in=gone[start : start + 500]).delete()
