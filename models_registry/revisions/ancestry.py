"""The commits of a repo as a graph."""

from collections.abc import Iterable

from models_registry.models import Com, CommitParent, Repo


class History:
    """The commits of a repo and their parents, read once."""

    def __init__(self, repo: Repo) -> None:
        rows = Com.objects.filter(repo=repo).values_list("pk", "oid", "tree")
        self.repo = repo
        self._oids = {pk: oid for pk, oid, _tree in rows}
        self.trees = {oid: tree for _pk, oid, tree in rows}
        self.keys = {oid: pk for pk, oid in self._oids.items()}
        self.parents: dict[str, list[str]] = {oid: [] for oid in self.keys}
        links = CommitParent.objects.filter(com__repo=repo).order_by("n")
        for com, parent in links.values_list("com", "parent"):
            if com in self._oids:  # not made since the commits were read
                self.parents[self._oids[com]].append(self._oids[parent])

    def known(self, oids: Iterable[str]) -> list[str]:
        return [oid for oid in oids if oid in self.keys]

    def below(self, tips: Iterable[str], stop: set[str] | frozenset[str] = frozenset()) -> set[str]:
        """Return these commits and their ancestors; not the parents of those in `stop`."""
        found: set[str] = set()
        waiting = list(tips)
        while waiting:
            oid = waiting.pop()
            if oid not in found:
                found.add(oid)
                waiting += () if oid in stop else self.parents[oid]
        return found

    def within(self, tips: Iterable[str], depth: int) -> set[str]:
        """Return these commits and `depth - 1` generations below them."""
        found, level = set(), set(tips)
        while level and depth > 0:
            found |= level
            level = {up for oid in level for up in self.parents[oid]} - found
            depth -= 1
        return found
