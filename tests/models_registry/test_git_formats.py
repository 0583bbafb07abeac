"""Git objects, trees under edit and deltas, against dulwich and the real git."""

import subprocess
from pathlib import Path

import pytest
from dulwich import objects as dulwich
from dulwich import pack
from hypothesis import given
from hypothesis import strategies as st

from models_registry.formats import git_objects as git
from models_registry.formats import packs
from models_registry.formats.deltas import apply_delta, tree_delta
from models_registry.formats.tree_edit import (
    FileInTheWay,
    Folder,
    FolderInTheWay,
    NothingThere,
    changes,
)

OIDS = st.integers(min_value=1, max_value=2**160 - 1).map(lambda n: f"{n:040x}")
NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)
MODES = st.sampled_from([0o100644, 0o100755, 0o40000])
TREES = st.dictionaries(NAMES, st.tuples(MODES, OIDS), max_size=30)


def test_blob_ids_are_gits() -> None:
    for content in (b"", b"hello\n", "模型🤗".encode(), bytes(range(256)) * 300):
        said = subprocess.run(
            ["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True
        )
        assert git.object_id(git.BLOB, content) == said.stdout.decode().strip()


def test_the_empty_tree_has_its_well_known_id() -> None:
    assert git.object_id(git.TREE, b"") == git.EMPTY_TREE


@given(TREES)
def test_trees_are_encoded_as_dulwich_does(tree: git.Tree) -> None:
    theirs = dulwich.Tree()
    for name, (mode, oid) in tree.items():
        theirs.add(name.encode(), mode, oid.encode())
    content = git.encode_tree(git.in_order(tree))
    assert content == theirs.as_raw_string()
    assert git.object_id(git.TREE, content) == theirs.id.decode()
    assert git.decode_tree(content) == tree


def test_folders_sort_as_if_their_names_ended_with_a_slash() -> None:
    oid = "1" * 40
    tree = {"a": (git.FOLDER_MODE, oid), "a-b": (git.FILE_MODE, oid)}
    tree |= {"a.b": (git.FILE_MODE, oid), "a0": (git.FILE_MODE, oid)}
    assert list(git.decode_tree(git.encode_tree(git.in_order(tree)))) == ["a-b", "a.b", "a", "a0"]


@pytest.mark.parametrize(
    ("name", "message", "offset"),
    [
        ("p123", "first\n", 0),
        ("p123", "no final newline", 60),
        ("p123", "消息 🤗\n\nbody\n", -570),
        ("名字", "x\n\n\ny\n", 345),
    ],
)
def test_commits_are_encoded_as_dulwich_does(name: str, message: str, offset: int) -> None:
    theirs = dulwich.Commit()
    theirs.tree = b"4" * 40
    theirs.parents = [b"5" * 40]
    theirs.author = theirs.committer = f"{name} <{name}@users.noreply.localhost>".encode()
    theirs.author_time = theirs.commit_time = 1_750_000_000
    theirs.author_timezone = theirs.commit_timezone = offset * 60
    theirs.message = message.encode()
    by = git.Signature(name, f"{name}@users.noreply.localhost", 1_750_000_000, offset)
    content = git.encode_commit(
        tree="4" * 40, parents=["5" * 40], author=by, committer=by, message=message
    )
    assert content == theirs.as_raw_string()
    assert git.object_id(git.COMMIT, content) == theirs.id.decode()
    assert git.commit_message(content) == message


@pytest.mark.parametrize("name", ["a\nparent x", "a<b", "a>b", "a\0"])
def test_a_name_cannot_forge_a_header(name: str) -> None:
    by = git.Signature(name, "m", 0)
    with pytest.raises(git.Malformed):
        git.encode_commit(tree="4" * 40, parents=[], author=by, committer=by, message="")


def test_a_stream_longer_than_announced_is_not_inflated() -> None:
    bomb = git.deflate(b"\0" * 10_000_000)
    with pytest.raises(git.Malformed):
        git.inflate(bomb, 10)


# --- deltas -------------------------------------------------------------------------------------
@given(TREES, TREES)
def test_deltas_make_the_target_for_us_and_for_dulwich(base: git.Tree, target: git.Tree) -> None:
    mixed = {**base, **target}
    for before, after in ((base, mixed), (mixed, base), (base, target), (base, base)):
        old, new = git.encode_tree(before), git.encode_tree(after)
        delta = tree_delta(old, new)
        assert apply_delta(old, delta) == new
        assert b"".join(pack.apply_delta([old], [delta])) == new


def test_an_edit_of_one_file_among_ten_thousand_is_a_short_delta() -> None:
    tree = {f"file{n:05}.txt": (git.FILE_MODE, f"{n + 1:040x}") for n in range(10_000)}
    old = git.encode_tree(tree)
    tree["file05000.txt"] = (git.FILE_MODE, "f" * 40)
    delta = tree_delta(old, git.encode_tree(tree))
    assert len(delta) < 80
    assert apply_delta(old, delta) == git.encode_tree(tree)


def test_a_delta_against_another_base_is_refused() -> None:
    delta = tree_delta(b"", b"")
    with pytest.raises(ValueError, match="another object"):
        apply_delta(b"x", delta)


# --- trees under edit ---------------------------------------------------------------------------
class Shelf:
    """Stored trees, and how often each was read."""

    def __init__(self) -> None:
        self.trees: dict[str, tuple[git.Tree, bytes]] = {}
        self.read: list[str] = []

    def load(self, oid: str) -> git.Tree:
        self.read.append(oid)
        entries, content = self.trees[oid]
        assert list(git.decode_tree(content).items()) == list(entries.items())
        return entries

    def write(self, folder: Folder) -> str:
        return folder.write(self.trees)


def oid(text: str) -> str:
    return git.object_id(git.BLOB, text.encode())


def tree_of(shelf: Shelf, paths: dict[str, str]) -> str:
    folder = Folder(shelf.load)
    for path, text in paths.items():
        folder.put(path, oid(text))
    return shelf.write(folder)


def test_only_folders_on_the_edited_path_are_read() -> None:
    shelf = Shelf()
    root = tree_of(shelf, {"a/b/c.txt": "1", "x/y/z.txt": "2"})
    shelf.read.clear()
    folder = Folder(shelf.load, root)
    folder.put("a/b/d.txt", oid("3"))
    shelf.write(folder)
    assert len(shelf.read) == 3  # the root, a, a/b; never x


def test_a_later_operation_sees_the_earlier_ones() -> None:
    shelf = Shelf()
    folder = Folder(shelf.load, tree_of(shelf, {"a/x.txt": "1", "a/y.txt": "2"}))
    folder.graft("b", folder.find("a"))
    folder.put("b/x.txt", oid("changed"))
    folder.delete("a")
    expected = tree_of(shelf, {"b/x.txt": "changed", "b/y.txt": "2"})
    assert shelf.write(folder) == expected


def test_delete_then_add_swaps_a_file_and_a_folder() -> None:
    shelf = Shelf()
    folder = Folder(shelf.load, tree_of(shelf, {"a": "file", "b/c": "2"}))
    folder.delete("a")
    folder.put("a/b", oid("1"))
    folder.delete("b")
    folder.put("b", oid("now a file"))
    assert shelf.write(folder) == tree_of(shelf, {"a/b": "1", "b": "now a file"})


def test_empty_folders_are_pruned() -> None:
    shelf = Shelf()
    folder = Folder(shelf.load, tree_of(shelf, {"a/b/c": "1"}))
    folder.delete("a/b/c")
    assert shelf.write(folder) == git.EMPTY_TREE
    with pytest.raises(NothingThere):
        folder.delete("a")


def test_files_and_folders_never_take_each_others_place() -> None:
    shelf = Shelf()
    folder = Folder(shelf.load, tree_of(shelf, {"a": "1", "b/c": "2"}))
    with pytest.raises(FileInTheWay) as file:
        folder.put("a/b", oid("3"))
    assert file.value.path == "a"
    with pytest.raises(FolderInTheWay) as below:
        folder.put("b", oid("3"))
    assert below.value.path == "b"


def test_a_folder_deletion_wants_a_folder() -> None:
    folder = Folder(Shelf().load)
    folder.put("a", oid("1"))
    with pytest.raises(NothingThere):
        folder.delete("a", folder=True)


PATHS = st.lists(st.sampled_from(["a", "b", "a-b", "a.b", "a0", "ü"]), min_size=1, max_size=3).map(
    "/".join
)
EDITS = st.lists(
    st.tuples(st.sampled_from(["put", "delete", "copy"]), PATHS, PATHS), min_size=1, max_size=12
)


@given(EDITS, EDITS)
def test_edits_agree_with_a_plain_dictionary_and_changes_name_every_difference(
    first: list[tuple[str, str, str]], second: list[tuple[str, str, str]]
) -> None:
    shelf = Shelf()
    model: dict[str, str] = {}
    roots = [git.EMPTY_TREE]
    for edits in (first, second):
        folder = Folder(shelf.load, roots[-1])
        for number, edit in enumerate(edits):
            model = apply_edit(folder, model, edit, oid(f"{len(roots)}:{number}"))
        roots.append(shelf.write(folder))
        assert roots[-1] == tree_from(shelf, model)
    told = {change.path: change.oid for change in changes(shelf.load, roots[1], roots[2])}
    gone = {c.path for c in changes(shelf.load, roots[1], roots[2]) if c.whole}
    before, after = flat(shelf, roots[1]), flat(shelf, roots[2])
    for path in before.keys() | after.keys():
        if before.get(path) == after.get(path):
            assert path not in told
        else:
            assert told.get(path) == after.get(path)
            below = any(path.startswith(folder + "/") for folder in gone)
            assert path in told or (path not in after and below)


def apply_edit(
    folder: Folder, model: dict[str, str], edit: tuple[str, str, str], blob: str
) -> dict[str, str]:
    kind, path, source = edit
    inside = {p: o for p, o in model.items() if p.startswith(path + "/")}
    blocked = bool(inside) or any(path.startswith(file + "/") for file in model)
    if kind == "delete":
        if path not in model and not inside:
            with pytest.raises(NothingThere):
                folder.delete(path)
            return model
        folder.delete(path)
        return {p: o for p, o in model.items() if p != path and p not in inside}
    copied = {"": blob} if kind == "put" else part_of(model, source)
    if blocked or not copied:
        with pytest.raises((FileInTheWay, FolderInTheWay, NothingThere)):
            folder.put(path, blob) if kind == "put" else folder.graft(path, folder.find(source))
        return model
    if kind == "put":
        folder.put(path, blob)
    else:
        folder.graft(path, folder.find(source))
    return {p: o for p, o in model.items() if p != path} | {
        path + tail: found for tail, found in copied.items()
    }


def part_of(model: dict[str, str], source: str) -> dict[str, str]:
    return {
        path.removeprefix(source): found
        for path, found in model.items()
        if path == source or path.startswith(source + "/")
    }


def tree_from(shelf: Shelf, model: dict[str, str]) -> str:
    folder = Folder(shelf.load)
    for path, blob in model.items():
        folder.put(path, blob)
    return folder.write(dict(shelf.trees))


def flat(shelf: Shelf, root: str, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, (mode, below) in ({} if root == git.EMPTY_TREE else shelf.load(root)).items():
        found[prefix + name] = below
        if mode == git.FOLDER_MODE:
            found |= flat(shelf, below, f"{prefix}{name}/")
    return found


def test_git_itself_reads_what_we_write(tmp_path: Path) -> None:
    shelf = Shelf()
    root = tree_of(shelf, {"a-b": "1", "a.b": "2", "a/x": "3", "a0": "4", "文件/🤗.txt": "5"})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _entries, content in shelf.trees.values():
        subprocess.run(
            ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
            cwd=tmp_path, input=content, check=True, capture_output=True,
        )  # fmt: skip
    said = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-tree", "-r", "--name-only", root],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.split() == ["a-b", "a.b", "a/x", "a0", "文件/🤗.txt"]


def test_a_pack_of_many_small_objects_goes_on_in_few_pieces(tmp_path: Path) -> None:
    """Each piece becomes a line of the protocol and a write to the network."""
    contents = [f"object {number}\n".encode() * 9 for number in range(5000)]
    entries = (
        packs.entry_header(git.BLOB, len(content)) + git.deflate(content) for content in contents
    )
    pieces = list(packs.pack(len(contents), entries))
    raw = b"".join(pieces)
    assert len(pieces) <= len(raw) // packs.PIECE + 1
    (tmp_path / "all.pack").write_bytes(raw)
    command = ["git", "index-pack", "--strict", str(tmp_path / "all.pack")]
    subprocess.run(command, check=True, capture_output=True)
