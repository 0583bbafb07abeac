"""Scrub: read everything that is stored and compare it with its hash.

Clients do not check what they download, and disks flip bits. What is damaged is set aside, named in
the log with the revisions that it is part of, and taken again from whoever sends it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from models_registry.formats.xet import Malformed
from models_registry.models import Blob, Com, ComObj, Obj, XetFile, Xorb
from models_registry.storage import store, xorb_store
from models_registry.xet import checking
from portal import events
from portal.clock import db_now


@dataclass(frozen=True)
class Damage:
    """`name`: the hash of what is damaged; `revisions`: `ns/name@commit` of what it is part of."""

    kind: str
    name: str
    reason: str
    revisions: tuple[str, ...]


@dataclass(frozen=True)
class Scrubbed:
    """One thing was read: `size` bytes; `damage` if it is not what it should be."""

    size: int
    damage: Damage | None


def total() -> int:
    """Return how many things there are to read."""
    files = store.keys()
    return Xorb.objects.count() + sum(1 for _ in files)


def scrub(
    *, dry_run: bool = False, check: Callable[[], object] = lambda: None
) -> Iterator[Scrubbed]:
    """Read all xorbs and whole files; `dry_run`: tell of damage, and change nothing."""
    for name, size in Xorb.objects.order_by("pk").values_list("pk", "size").iterator():
        check()
        reason = _xorb_fault(name, size)
        yield Scrubbed(size, _xorb_damage(name, reason, dry_run=dry_run) if reason else None)
    files = store.keys()
    for sha256 in files:
        check()
        size, reason = _file_fault(sha256)
        yield Scrubbed(size, _file_damage(sha256, reason, dry_run=dry_run) if reason else None)


def _xorb_fault(name: bytes, size: int) -> str:
    """Return what is wrong with a xorb or its index; "" if nothing is."""
    try:
        index = checking.check_xorb(xorb_store.location(name), name)
        if xorb_store.read_index(name) != index or index.packed_size != size:
            return "its index does not fit its chunks"
    except (Malformed, FileNotFoundError) as error:
        return str(error) or "it is not there"
    return ""


def _file_fault(sha256: str) -> tuple[int, str]:
    try:
        size = store.size(sha256)
        found = checking.content_of(store.location(sha256)).sha256
    except FileNotFoundError:
        return 0, ""  # removed while we read
    return size, "" if found == sha256 else f"its SHA-256 is {found}"


def _xorb_damage(name: bytes, reason: str, *, dry_run: bool) -> Damage:
    blobs = XetFile.objects.filter(xorbs=name).values("blob")
    damage = Damage("xorb", name.hex(), reason, _revisions(Blob.objects.filter(pk__in=blobs)))
    if not dry_run:
        Xorb.objects.filter(pk=name).update(damaged_at=db_now())
        _tell(damage)
    return damage


def _file_damage(sha256: str, reason: str, *, dry_run: bool) -> Damage:
    damage = Damage("file", sha256, reason, _revisions(Blob.objects.filter(pk=sha256)))
    if not dry_run:
        store.set_aside(sha256)
        _tell(damage)
    return damage


def _revisions(blobs: QuerySet[Blob]) -> tuple[str, ...]:
    """Return the commits, by repo, that brought these blobs in."""
    objects = Obj.objects.filter(lfs__in=blobs.values("pk"))
    found = []
    for repo_id, oid in objects.values_list("repo", "oid"):
        coms = ComObj.objects.filter(oid=oid, com__repo=repo_id).values("com")
        found += [
            f"{com.repo.full_name}@{com.oid}"
            for com in Com.objects.filter(pk__in=coms).select_related("repo__namespace")
        ]
    return tuple(sorted(set(found)))


def _tell(damage: Damage) -> None:
    """Record the damage. Which content it is stays out of the public part: it may be private."""
    told = {"name": damage.name, "reason": damage.reason, "revisions": list(damage.revisions)}
    events.record("registry:content:damaged", body={"kind": damage.kind}, details=told)
