"""Paths that no commit may name, whatever the operation; and what every other path does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry import refs, revisions
from models_registry.models import Com
from models_registry.revisions import AddFile, AddLfs, CopyFile, DeletePath
from models_registry.revisions.paths import BadPath, check_path
from models_registry.revisions.refusals import BadRefName, ProtectedRef, RefExists, RevisionNotFound
from tests.factories import make_lfs, make_repo

HOSTILE = [
    "", "/", "/etc/passwd", "a//b", "a/", "./a", "a/.", "..", "../a", "a/../../b", "..\\a",
    "a\\b", "C:\\a", ".git", ".git/config", "a/.git/hooks/x", ".GIT/config", ".Git", "git~1",
    "GIT~1/x", ".git.", ".git ", ".git::$INDEX_ALLOCATION", ".g\u200cit/config", ".gi\ufefft",
    "a\0b", "a\nb", "a\rb", "a\x1b[31m", "a\x7f", "a\u2028b", "x" * 256, "模" * 86,
    "/".join(["d"] * 41), ".cache/huggingface/x", "\ud800", "．git/config",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_paths_are_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(BadPath) as refused:
        check_path(path)
    assert refused.value.status == 422
    assert str(refused.value).isprintable()


@pytest.mark.db
def test_hostile_paths_are_refused_by_every_operation(maker) -> None:
    repo = make_repo(maker, files={"a.txt": b"1"})
    sent = make_lfs(repo, maker, b"weights")("x")
    count = Com.objects.count()
    for path in HOSTILE:
        kinds = [AddFile(path, b"x"), AddLfs(path, sent.sha256, sent.size), CopyFile(path, "a.txt")]
        kinds.append(CopyFile("b.txt", path))
        for operation in [*kinds, DeletePath(path)]:
            if path == "a/" and not isinstance(operation, AddFile | AddLfs):
                continue  # a folder may be written with one slash at its end
            with pytest.raises(BadPath):
                revisions.commit(repo, author=maker, operations=[operation], summary="x")
    assert Com.objects.count() == count


@given(st.text(max_size=40))
def test_any_text_is_refused_or_stays_inside_the_repo(path: str) -> None:
    try:
        kept = check_path(path)
    except BadPath:
        return
    parts = kept.split("/")
    assert all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)
    assert "\\" not in kept
    assert "\0" not in kept
    assert check_path(kept) == kept


@pytest.mark.db
def test_names_that_differ_by_normal_form_are_one_file(maker) -> None:
    repo = make_repo(maker, files={"cafe\u0301.txt": b"1"})
    revision = revisions.resolve(repo)
    assert [e.path for e in revisions.listing(revision)][-1] == "caf\u00e9.txt"
    assert revisions.read(revisions.entry(revision, "cafe\u0301.txt")) == b"1"


# --- revisions and refs -------------------------------------------------------------------------
@pytest.mark.db
@pytest.mark.parametrize(
    "rev",
    ["--upload-pack=x", "main:README.md", "@{u}", "main~1", "HEAD^", "..", "a\0b", " ", "x" * 999],
)
def test_no_expression_is_a_revision(maker, rev: str) -> None:
    with pytest.raises(RevisionNotFound):
        revisions.resolve(make_repo(maker), rev)


@pytest.mark.db
def test_only_reachable_or_retained_commits_have_an_address(maker, outsider) -> None:
    repo, other = make_repo(maker, files={"a": b"1"}), make_repo(outsider, "other")
    start = revisions.resolve(repo)
    refs.create_branch(repo, "dev", by=maker)
    done = revisions.commit(
        repo, author=maker, operations=[AddFile("b", b"2")], summary="x", ref="refs/heads/dev"
    )
    assert revisions.resolve(repo, done.oid).oid == done.oid
    blob = revisions.entry(revisions.resolve(repo, done.oid), "b").oid
    for hidden in (start.tree_oid, blob, revisions.resolve(other).oid, "0" * 40):
        with pytest.raises(RevisionNotFound):
            revisions.resolve(repo, hidden)
    refs.delete_branch(repo, "dev", by=maker)
    for rev in ("dev", done.oid, done.oid[:10]):
        with pytest.raises(RevisionNotFound):
            revisions.resolve(repo, rev)
    refs.retain(repo, done.oid, "evaluated")
    assert revisions.resolve(repo, done.oid).oid == done.oid


@pytest.mark.db
def test_branches_and_tags_follow_gits_rules(maker) -> None:
    repo = make_repo(maker)
    oid = revisions.resolve(repo).oid
    for bad in ("", "a b", "a..b", "-x", "a/.b", "x.lock", "a~1", "@", "HEAD", oid, "refs/heads/x"):
        with pytest.raises(BadRefName):
            refs.create_tag(repo, bad, by=maker)
    refs.create_branch(repo, "v1", by=maker)
    refs.create_tag(repo, "v1", by=maker)
    for again in (refs.create_branch, refs.create_tag):
        with pytest.raises(RefExists):
            again(repo, "v1", by=maker)
    with pytest.raises(RefExists):
        refs.create_branch(repo, "v1/sub", by=maker)
    with pytest.raises(ProtectedRef):
        refs.delete_branch(repo, "main", by=maker)
    with pytest.raises(RevisionNotFound):
        refs.create_tag(repo, "a..b", by=maker, revision="nope")  # told before the bad name
