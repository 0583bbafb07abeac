"""`.gitattributes` decides what travels as LFS; branches keep histories of their own."""

import pytest

from models_registry import refs, revisions, uploads
from models_registry.revisions import AddFile, DeletePath
from tests.factories import make_repo
from tests.models_registry.deeds import commit

pytestmark = pytest.mark.db


# --- rules --------------------------------------------------------------------------------------
def modes(repo, attributes: str | None, *paths: str, size: int = 100) -> list[str]:
    if attributes is not None:
        commit(repo, AddFile(".gitattributes", attributes.encode()))
    rules = uploads.rules(revisions.resolve(repo))
    return [rules.mode(path, size, b"text") for path in paths]


def test_a_new_repo_sends_weights_as_lfs_and_text_as_text(maker) -> None:
    repo = make_repo(maker)
    found = modes(repo, None, "model.safetensors", "deep/in/a.bin", "config.json", "README.md")
    assert found == ["lfs", "lfs", "regular", "regular"]


def test_the_repos_own_rules_are_gits(maker) -> None:
    repo = make_repo(maker)
    text = (
        "*.json filter=lfs diff=lfs merge=lfs -text\n"
        "config.json !filter\n"
        "data/** filter=lfs\n"
        "/top.txt filter=lfs\n"
        "# *.md filter=lfs\n"
        "数据/*.csv filter=lfs\n"
    )
    paths = ("a.json", "config.json", "data/x/y.txt", "top.txt", "sub/top.txt", "README.md")
    assert modes(repo, text, *paths) == ["lfs", "regular", "lfs", "lfs", "regular", "regular"]
    assert modes(repo, None, "数据/表.csv", "数据/深/表.csv") == ["lfs", "regular"]


def test_size_and_content_decide_where_no_rule_does(maker) -> None:
    rules = uploads.rules(revisions.resolve(make_repo(maker)))
    assert rules.mode("big.txt", 10 * 2**20 + 1, b"text") == "lfs"
    assert rules.mode("blob", 10, b"\0\1") == "lfs"
    assert rules.mode("cut.txt", 10, "中".encode()[:2]) == "regular"
    assert rules.mode("empty.safetensors", 0, b"") == "regular"


@pytest.mark.parametrize("text", ["*" * 199 + " filter=lfs", "[" * 150, "a" * 10**6, "\0\n" * 999,
                                  "(a+)+$ filter=lfs\n" * 900, "*.x\n" * 5_000])  # fmt: skip
def test_rules_meant_to_break_are_left_out(maker, text: str) -> None:
    assert modes(make_repo(maker), text, "a" * 200 + ".txt") == ["regular"]


def test_ignores_of_the_sender_are_gits_too(maker) -> None:
    rules = uploads.rules(revisions.resolve(make_repo(maker)), "*.log\n!keep.log\nbuild/\n")
    ignored = [path for path in ("a.log", "keep.log", "build/x", "src/a") if rules.ignores(path)]
    assert ignored == ["a.log", "build/x"]


# --- histories ----------------------------------------------------------------------------------
def titles(repo, rev: str, **options) -> list[str]:
    return [com.title for com in revisions.history(revisions.resolve(repo, rev), **options)]


@pytest.fixture
def forked(maker):
    """main: initial, one, two, three; side: from `one`, then left, right."""
    repo = make_repo(maker)
    commit(repo, AddFile("a/x.txt", b"1"), summary="one")
    refs.create_branch(repo, "side", by=maker)
    commit(repo, AddFile("a/y.txt", b"2"), summary="two")
    commit(repo, AddFile("a/x.txt", b"left"), summary="left", ref="refs/heads/side")
    commit(repo, DeletePath("a/x.txt"), AddFile("b.txt", b"3"), summary="three")
    commit(repo, AddFile("c.txt", b"right"), summary="right", ref="refs/heads/side")
    return repo


def test_a_side_branch_goes_on_into_what_it_came_from(forked) -> None:
    assert titles(forked, "main") == ["three", "two", "one", "initial commit"]
    assert titles(forked, "side") == ["right", "left", "one", "initial commit"]


def test_pages_of_a_history_join_where_a_side_branch_begins(forked) -> None:
    revision = revisions.resolve(forked, "side")
    seen: list[str] = []
    after = None
    while page := revisions.history(revision, after=after, limit=1):
        seen.append(page[0].title)
        after = page[0].oid
    assert seen == ["right", "left", "one", "initial commit"]


def test_the_history_of_a_path_names_only_what_touched_it(forked) -> None:
    assert titles(forked, "main", path="a/x.txt") == ["three", "one"]
    assert titles(forked, "side", path="a/x.txt") == ["left", "one"]
    assert titles(forked, "side", path="a") == ["left", "one"]
    assert titles(forked, "main", path="a/y.txt") == ["two"]
    assert titles(forked, "side", path="a/y.txt") == []


def test_the_last_change_of_a_file_is_that_of_the_branch(forked) -> None:
    def last(rev: str) -> dict[str, str]:
        revision = revisions.resolve(forked, rev)
        paths = [entry.path for entry in revisions.listing(revision, recursive=True)]
        return {p: com.title for p, com in revisions.last_commits(revision, paths).items()}

    assert last("side") == {".gitattributes": "initial commit", "a": "left", "a/x.txt": "left",
                            "c.txt": "right"}  # fmt: skip
    assert last("main") == {".gitattributes": "initial commit", "a": "three", "a/y.txt": "two",
                            "b.txt": "three"}  # fmt: skip
