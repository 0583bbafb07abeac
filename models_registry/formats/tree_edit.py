"""Ordered edits of a git tree: only folders on an edited path are read, the rest is inherited.

`Folder` is a tree under edit. It starts from a stored tree (or from nothing), reads its entries
when they are first needed, and is written back by `write`, which prunes empty folders as git does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models_registry.formats.git_objects import (
    EMPTY_TREE,
    FILE_MODE,
    FOLDER_MODE,
    TREE,
    Tree,
    encode_tree,
    in_order,
    object_id,
)

Load = Callable[[str], Tree]


class FileInTheWay(Exception):
    """A file stands where a folder is needed. `path`: the file."""

    def __init__(self, path: str):
        self.path = path
        super().__init__(path)


class FolderInTheWay(Exception):
    """A folder stands where a file shall be written. `path`: the folder."""

    def __init__(self, path: str):
        self.path = path
        super().__init__(path)


class NothingThere(Exception):
    """No file or folder has this path."""

    def __init__(self, path: str):
        self.path = path
        super().__init__(path)


class Folder:
    """One folder under edit."""

    def __init__(self, load: Load, oid: str = EMPTY_TREE):
        self._load = load
        self.base = oid
        self._entries: dict[str, tuple[int, str] | Folder] | None = None

    @property
    def entries(self) -> "dict[str, tuple[int, str] | Folder]":
        if self._entries is None:
            self._entries = {} if self.base == EMPTY_TREE else dict(self._load(self.base))
        return self._entries

    def child(self, name: str) -> "Folder | None":
        """Return the folder of this name, opened for edits; None where there is none."""
        entry = self.entries.get(name)
        if isinstance(entry, Folder):
            return entry
        if entry is None or entry[0] != FOLDER_MODE:
            return None
        folder = Folder(self._load, entry[1])
        self.entries[name] = folder
        return folder

    def is_empty(self) -> bool:
        return all(isinstance(e, Folder) and e.is_empty() for e in self.entries.values())

    def _parent(self, path: str, *, make: bool) -> "tuple[Folder, str]":
        folder = self
        *parts, name = path.split("/")
        for depth, part in enumerate(parts):
            below = folder.child(part)
            if below is None:
                if not make:
                    raise NothingThere(path)
                if part in folder.entries:
                    raise FileInTheWay("/".join(parts[: depth + 1]))
                below = folder.entries[part] = Folder(self._load)
            folder = below
        return folder, name

    def put(self, path: str, oid: str, mode: int = FILE_MODE) -> None:
        """Write a file; missing folders are made, a folder of the same name is never replaced."""
        folder, name = self._parent(path, make=True)
        below = folder.child(name)
        if below is not None and not below.is_empty():
            raise FolderInTheWay(path)
        folder.entries[name] = (mode, oid)

    def delete(self, path: str, *, folder: bool = False) -> None:
        """Remove a file or a folder with all that is in it; `folder`: it must be a folder."""
        parent, name = self._parent(path, make=False)
        below = parent.child(name)
        if name not in parent.entries or (below is not None and below.is_empty()):
            raise NothingThere(path)
        if folder and below is None:
            raise NothingThere(path)
        del parent.entries[name]

    def graft(self, path: str, source: "tuple[int, str] | Folder") -> None:
        """Put a copy of an entry that `find` returned at `path`."""
        if isinstance(source, Folder):
            source = source.copy()
        folder, name = self._parent(path, make=True)
        below = folder.child(name)
        if below is not None and not below.is_empty():
            raise FolderInTheWay(path)
        folder.entries[name] = source

    def find(self, path: str) -> "tuple[int, str] | Folder":
        """Return what stands at `path` now, edits included."""
        folder, name = self._parent(path, make=False)
        entry = folder.entries.get(name)
        if entry is None or (isinstance(entry, Folder) and entry.is_empty()):
            raise NothingThere(path)
        return entry

    def copy(self) -> "Folder":
        twin = Folder(self._load, self.base)
        if self._entries is not None:
            twin._entries = {
                name: entry.copy() if isinstance(entry, Folder) else entry
                for name, entry in self._entries.items()
            }
        return twin

    def write(self, new: dict[str, tuple[Tree, bytes]]) -> str:
        """Return the id of this tree; add the entries and content of each that is new to `new`."""
        if self._entries is None:
            return self.base
        tree: Tree = {}
        for name, entry in self._entries.items():
            if not isinstance(entry, Folder):
                tree[name] = entry
                continue
            oid = entry.write(new)
            if oid != EMPTY_TREE:
                tree[name] = (FOLDER_MODE, oid)
        tree = in_order(tree)
        content = encode_tree(tree)
        oid = object_id(TREE, content)
        if oid != self.base:
            new[oid] = tree, content
        return oid


@dataclass(frozen=True)
class Change:
    """One difference between two trees. `oid` is None where the path is gone.

    `whole`: a folder went away, and what went with it is not named. `before`: the tree that stood
    here.
    """

    path: str
    oid: str | None
    folder: bool
    whole: bool = False
    before: str | None = None


def changes(load: Load, old: str, new: str, prefix: str = "") -> Iterator[Change]:
    """Yield what differs between two stored trees, folders before what is in them."""
    before = {} if old == EMPTY_TREE else load(old)
    after = {} if new == EMPTY_TREE else load(new)
    for name in sorted({name for name, _entry in before.items() ^ after.items()}):
        was, now = before.get(name), after.get(name)
        path = prefix + name
        was_folder = was is not None and was[0] == FOLDER_MODE
        now_folder = now is not None and now[0] == FOLDER_MODE
        had = was[1] if was and was_folder else None
        if now is None:
            yield Change(path, None, was_folder, was_folder, had)
            continue
        yield Change(path, now[1], now_folder, was_folder and not now_folder, had)
        if now_folder:
            yield from changes(load, had or EMPTY_TREE, now[1], path + "/")
