"""The real git makes the same ids, and takes what we store as it is."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry import refs, revisions
from models_registry.formats import git_objects
from models_registry.models import Com, ComObj, Obj, Ref, Repo
from models_registry.revisions import AddFile, CopyFile, DeletePath, EntryNotFound, objects
from models_registry.revisions.refusals import PathInTheWay
from models_registry.storage import store
from tests.factories import make_lfs, make_repo
from tests.models_registry.deeds import commit, files

pytestmark = pytest.mark.db


class Oracle:
    """The real git, given the same files, authors and times."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, **env: str) -> str:
        clean = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **clean, **env},
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    def commit(self, contents: dict[str, bytes], com: Com, message: str) -> str:
        for old in self.git("ls-files", "-z").split("\0"):
            (self.folder / old).unlink(missing_ok=True) if old else None
        for path, content in contents.items():
            target = self.folder / path
            for above in reversed(target.relative_to(self.folder).parents):
                if (self.folder / above).is_file():
                    (self.folder / above).unlink()
            if target.is_dir():
                subprocess.run(["find", target, "-depth", "-type", "d", "-delete"], check=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.git("add", "-A", "-f", ".")
        opaque = com.author.opaque
        date = f"{int(com.when.timestamp())} +0000"
        self.git(
            "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message,
            GIT_AUTHOR_NAME=opaque, GIT_COMMITTER_NAME=opaque,
            GIT_AUTHOR_EMAIL=f"{opaque}@users.noreply.localhost",
            GIT_COMMITTER_EMAIL=f"{opaque}@users.noreply.localhost",
            GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date,
        )  # fmt: skip
        return self.git("rev-parse", "HEAD")


def raw_files(repo: Repo, com: Com) -> dict[str, bytes]:
    """Return what a work tree of git without LFS holds: pointers stay pointers."""
    revision = revisions.resolve(repo, com.oid)
    found = revisions.listing(revision, recursive=True, limit=100_000)
    return {e.path: _raw(repo.pk, e) for e in found if e.is_file}


def _raw(repo_id: int, entry: revisions.Entry) -> bytes:
    if (repo_id, entry.oid) not in _READ:
        content = objects.read_small(repo_id, entry.oid) if not entry.store_key else None
        _READ[repo_id, entry.oid] = revisions.read(entry) if content is None else content
    return _READ[repo_id, entry.oid]


_READ: dict[tuple[int, str], bytes] = {}  # an id is its content's, in any test


def test_repos_rebuilt_with_real_git_get_the_same_ids(maker, tmp_path: Path) -> None:
    repo = make_repo(maker)
    weights = make_lfs(repo, maker, b"\0weights" * 1000)
    steps: list[tuple[list[revisions.Operation], str]] = [
        ([AddFile(n, n.encode()) for n in ("a-b", "a.b", "a/x", "a/y/z", "a0")], "sort order"),
        ([AddFile("文件/🤗.txt", "你好".encode()), weights("model.safetensors")], "消息 🤗"),
        ([CopyFile("copy", "a"), AddFile("copy/y/z", b"edited")], "copy, then edit under it"),
        ([DeletePath("a"), AddFile("a", b"now a file")], "folder becomes a file"),
        ([DeletePath("a"), AddFile("a/b/c", b"again a folder")], "file becomes a folder"),
        ([DeletePath("copy/"), DeletePath("a/b/c")], "folders go when they are empty"),
        ([AddFile("big.txt", b"0123456789" * 20_000)], "beyond the inline limit"),
        ([DeletePath(p) for p in (".gitattributes", "a-b", "a.b", "a0", "big.txt")]
         + [DeletePath("model.safetensors"), DeletePath("文件")], "the empty tree"),
    ]  # fmt: skip
    for operations, summary in steps:
        assert commit(repo, *operations, summary=summary).changed
    oracle = Oracle(tmp_path / "git")
    for com in Com.objects.filter(repo=repo).select_related("author").order_by("gen"):
        ids = oracle.commit(raw_files(repo, com), com, revisions.message(com))
        assert ids == com.oid, com.title
        assert oracle.git("rev-parse", "HEAD^{tree}") == com.tree
    assert com.tree == git_objects.EMPTY_TREE


NAMES = st.sampled_from(["a", "b", "a-b", "a.b", "a0", "é", "模型"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
OPERATIONS = st.one_of(
    st.builds(AddFile, PATHS, st.binary(max_size=8)),
    st.builds(CopyFile, PATHS, PATHS),
    st.builds(DeletePath, PATHS),
)


@settings(max_examples=25)
@given(st.lists(st.lists(OPERATIONS, min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_sequence_of_operations_makes_the_commits_git_makes(
    maker, tmp_path_factory, batches
) -> None:
    with transaction.atomic():
        repo = make_repo(maker, f"r{Repo.objects.count()}")
        for batch in batches:
            for operation in batch:
                try:
                    commit(repo, operation, summary=type(operation).__name__)
                except (EntryNotFound, PathInTheWay):
                    continue
        oracle = Oracle(tmp_path_factory.mktemp("git"))
        for com in Com.objects.filter(repo=repo).select_related("author").order_by("gen"):
            assert oracle.commit(raw_files(repo, com), com, revisions.message(com)) == com.oid
        assert_clone_is_complete(repo)


def assert_clone_is_complete(repo: Repo) -> None:
    """What the commits list as new is all that their trees hold, and each id is its content's."""
    listed = set(ComObj.objects.filter(com__repo=repo).values_list("oid", flat=True))
    stored = set(Obj.objects.filter(repo=repo).values_list("oid", flat=True))
    commits = set(Com.objects.filter(repo=repo).values_list("oid", flat=True))
    assert listed | commits == stored
    for com in Com.objects.filter(repo=repo):
        revision = revisions.resolve(repo, com.oid)
        held = {e.oid for e in revisions.listing(revision, recursive=True, limit=10**6)}
        assert held | {com.tree} <= stored
    for row in Obj.objects.filter(repo=repo, store_key=None):
        content = objects.read_small(repo.pk, row.oid)
        assert git_objects.object_id(row.type, content) == row.oid


# --- packs --------------------------------------------------------------------------------------
def pack(rows: list[Obj]) -> bytes:
    """Return a pack of stored rows; nothing is recompressed, deltas stay deltas."""
    body = b"PACK" + (2).to_bytes(4, "big") + len(rows).to_bytes(4, "big")
    for row in rows:
        if row.data is None:
            content = store.path(row.store_key).read_bytes()
            body += pack_header(row.type, row.size) + git_objects.deflate(content)
        elif row.base is None:
            body += pack_header(row.type, row.size) + bytes(row.data)
        else:
            body += pack_header(REF_DELTA, row.delta_size) + bytes.fromhex(row.base)
            body += bytes(row.data)
    return body + hashlib.sha1(body).digest()


REF_DELTA = 7


def pack_header(kind: int, size: int) -> bytes:
    out, byte, size = bytearray(), kind << 4 | size & 15, size >> 4
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes([*out, byte])


def cloned(repo: Repo, folder: Path) -> Oracle:
    """Give git our rows as one pack and our refs; git checks every object of it."""
    clone = Oracle(folder)
    stored = folder / ".git" / "objects" / "pack" / "pack-stored.pack"
    stored.write_bytes(pack(list(Obj.objects.filter(repo=repo))))
    clone.git("index-pack", "--strict", str(stored))
    for ref in Ref.objects.filter(repo=repo).select_related("target"):
        clone.git("update-ref", ref.name, ref.target.oid)
    clone.git("fsck", "--strict", "--full")
    return clone


@pytest.mark.parametrize("count", [150, pytest.param(1300, marks=pytest.mark.slow)])
def test_large_folders_side_branches_and_proposals_are_what_git_would_make(
    maker, outsider, tmp_path: Path, count: int
) -> None:
    """Files in flat and nested folders, names in many scripts, chains of deltas."""
    repo = make_repo(maker)
    scripts = ("data", "数据", "données", "данные", "🤗 models")
    paths = [f"flat/{n:04}.txt" for n in range(count * 2 // 3)]
    paths += [f"{scripts[n % 5]}/{n % 10:02}/{n}.txt" for n in range(count // 3)]
    commit(repo, *(AddFile(path, path.encode()) for path in paths))
    for number in range(12):
        edits = [AddFile(path, f"{number}".encode()) for path in paths[number::47]]
        commit(repo, *edits, summary=f"edit {number} 编辑")
    refs.create_branch(repo, "side", by=maker)
    commit(repo, DeletePath("flat"), CopyFile("kopie", "数据"), ref="refs/heads/side")
    commit(repo, AddFile("flat", b"a file now"), ref="refs/heads/side")
    opened = commit(repo, AddFile("flat/0000.txt", b"?"), author=outsider, create_pr=True)
    commit(repo, DeletePath("données/"), author=outsider, ref=f"refs/pr/{opened.pr_number}")
    commit(repo, CopyFile("back", "flat", revisions.history(revisions.resolve(repo))[-2].oid))

    assert Obj.objects.filter(repo=repo, base__isnull=False).count() > 10
    clone = cloned(repo, tmp_path / "clone")
    for ref in ("main", "side", "refs/pr/1"):
        clone.git("-c", "core.quotepath=off", "checkout", "-q", "--detach", full(ref))
        there = {
            str(path.relative_to(clone.folder)): path.read_bytes()
            for path in clone.folder.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        there.pop(".gitattributes", None)
        assert there == files(repo, ref)
        rebuilt = Oracle(tmp_path / ref.replace("/", "-"))
        for com in reversed(revisions.history(revisions.resolve(repo, ref), limit=100)):
            assert rebuilt.commit(raw_files(repo, com), com, revisions.message(com)) == com.oid


def full(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"


def test_annotated_tags_keep_their_message_beside_the_commit(maker, tmp_path: Path) -> None:
    repo = make_repo(maker, files={"a.txt": b"1"})
    head = revisions.resolve(repo)
    refs.create_tag(repo, "v1.0", by=maker, revision=head.oid, message="first\n\nrelease 发布")
    commit(repo, AddFile("a.txt", b"2"))
    tag = refs.tags(repo)[0]
    assert (tag.message, tag.target.oid) == ("first\n\nrelease 发布", head.oid)
    assert revisions.resolve(repo, "v1.0").oid == head.oid
    clone = cloned(repo, tmp_path / "clone")
    assert clone.git("rev-parse", "refs/tags/v1.0^{commit}") == head.oid
