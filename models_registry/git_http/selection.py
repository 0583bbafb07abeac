"""Which commits and objects a client lacks.

A commit brings the objects that are new against its parent. Where the client will not have the
parent (a shallow boundary), it brings its whole tree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models_registry.batches import batched
from models_registry.formats.git_objects import EMPTY_TREE, FOLDER_MODE
from models_registry.git_http.asking import Wanted
from models_registry.models import Com, ComObj, Repo
from models_registry.revisions import addressable, objects
from models_registry.revisions.ancestry import History
from portal.errors import Missing


class NotOurs(Missing):
    """A want that no live ref of this repo reaches, whether or not it exists somewhere."""

    def __init__(self, oid: str) -> None:
        super().__init__(f"upload-pack: not our ref {oid}")


@dataclass(frozen=True)
class Selection:
    """`shallow`, `unshallow`: commits whose parents the client will lack, or has from now on."""

    oids: tuple[str, ...]
    shallow: tuple[str, ...]
    unshallow: tuple[str, ...]


def checked(repo: Repo, wants: Iterable[str]) -> None:
    """Refuse a want that has no address in this repo; raises `NotOurs`."""
    for oid in wants:
        com = Com.objects.filter(repo=repo, oid=oid).first()
        if com is None or not addressable(com):
            raise NotOurs(oid)


def select(history: History, asked: Wanted) -> Selection:
    """Return what to send for a checked request."""
    there = history.below(history.known(asked.haves), stop=asked.shallow)
    wanted, shallow = _reach(history, asked)
    cut = frozenset(shallow)
    unshallow = sorted(asked.shallow & wanted - cut) if asked.depth is not None else []
    sent = wanted - there | {up for oid in unshallow for up in history.parents[oid]} & wanted
    oids = dict.fromkeys(_objects(history, sorted(sent), there | sent))
    new = sorted(cut - asked.shallow)
    return Selection(tuple(oids), tuple(new), tuple(unshallow))


def _reach(history: History, asked: Wanted) -> tuple[set[str], set[str]]:
    """Return the commits that the client is to have in the end, and those that are cut off."""
    if asked.depth is None:
        return history.below(asked.wants, stop=asked.shallow), set()
    if asked.relative:
        kept = history.below(asked.wants, stop=asked.shallow)
        edge = {up for oid in asked.shallow & kept for up in history.parents[oid]}
        wanted = kept | history.within(edge, asked.depth)
    else:
        wanted = history.within(asked.wants, asked.depth)
    return wanted, {oid for oid in wanted if not wanted.issuperset(history.parents[oid])}


def _objects(history: History, sent: list[str], held: set[str]) -> Iterator[str]:
    """Yield the ids of the commits `sent` and of what they bring; `held`: all the client has."""
    yield from sent
    deltas = [oid for oid in sent if history.parents[oid] and held.issuperset(history.parents[oid])]
    for batch in batched(history.keys[oid] for oid in deltas):
        yield from ComObj.objects.filter(com__in=batch).values_list("oid", flat=True)
    known = set(deltas)
    for oid in sent:
        if oid not in known:
            yield from _closure(history.repo.pk, history.trees[oid])


def _closure(repo_id: int, tree: str) -> Iterator[str]:
    if tree == EMPTY_TREE:
        return
    waiting, seen = [tree], {tree}
    while waiting:
        at = waiting.pop()
        yield at
        for mode, oid in objects.tree(repo_id, at).values():
            if oid in seen or oid == EMPTY_TREE:
                continue
            seen.add(oid)
            if mode == FOLDER_MODE:
                waiting.append(oid)
            else:
                yield oid
