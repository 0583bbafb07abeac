"""A commit: operations become trees, a commit and a moved ref, all of it or nothing."""

import hashlib
import os
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from dulwich.objects import Commit as GitCommit

from models_registry import refs, repos, revisions
from models_registry.formats import git_objects
from models_registry.models import Com, ComObj, Obj, PathDelta, Ref, Repo, RepoBlob
from models_registry.revisions import (
    AddFile,
    AddLfs,
    CopyFile,
    DeletePath,
    EntryNotFound,
    RevisionNotFound,
    objects,
    rows,
)
from models_registry.revisions.refusals import (
    BranchMoved,
    CommitTooLarge,
    LfsMissing,
    PathInTheWay,
)
from portal.errors import Conflict, Invalid
from portal.events.models import Event
from tests.factories import make_lfs, make_repo
from tests.models_registry.deeds import commit, files

pytestmark = pytest.mark.db


# --- what a commit does -------------------------------------------------------------------------
def test_a_new_repo_has_a_first_commit_with_gitattributes(maker) -> None:
    repo = make_repo(maker)
    revision = revisions.resolve(repo)
    assert repo.head_oid == revision.oid
    assert [e.path for e in revisions.listing(revision)] == [".gitattributes"]
    assert b"*.safetensors filter=lfs" in revisions.read(
        revisions.entry(revision, ".gitattributes")
    )


def test_operations_are_ordered_and_only_survivors_are_stored(maker) -> None:
    repo = make_repo(maker)
    commit(
        repo,
        AddFile("a.txt", b"never seen"),
        AddFile("a.txt", b"overwritten"),
        DeletePath("a.txt"),
        AddFile("a.txt", b"last"),
    )
    assert files(repo) == {"a.txt": b"last"}
    for content in (b"never seen", b"overwritten"):
        oid = git_objects.object_id(git_objects.BLOB, content)
        assert not Obj.objects.filter(repo=repo, oid=oid).exists()


def test_a_commit_that_changes_nothing_returns_the_head(maker) -> None:
    repo = make_repo(maker, files={"a.txt": b"1"})
    head, events = revisions.resolve(repo).oid, Event.objects.count()
    for again in ([AddFile("a.txt", b"1")], [AddFile("b", b""), DeletePath("b")], []):
        done = commit(repo, *again)
        assert (done.oid, done.changed) == (head, False)
    assert Event.objects.count() == events


def test_a_stale_parent_is_refused_in_the_words_clients_know(maker) -> None:
    repo = make_repo(maker)
    old = revisions.resolve(repo).oid
    commit(repo, AddFile("a", b"1"), parent=old)
    with pytest.raises(BranchMoved) as refused:
        commit(repo, AddFile("b", b"2"), parent=old)
    assert refused.value.status == 412
    assert str(refused.value) == (
        "The branch was updated since you opened this page. Please refresh and try again."
    )
    assert files(repo) == {"a": b"1"}


def test_a_short_parent_is_enough_and_a_malformed_one_is_refused(maker) -> None:
    repo = make_repo(maker)
    assert commit(repo, AddFile("a", b"1"), parent=revisions.resolve(repo).oid[:7]).changed
    for wrong in ("", "abc", "zzzzzzz", "%"):
        with pytest.raises(Invalid):
            commit(repo, AddFile("b", b"1"), parent=wrong)


def test_a_pull_request_gets_the_next_number_and_moves_nothing(maker, outsider) -> None:
    repo = make_repo(maker, files={"a": b"1"})
    head = revisions.resolve(repo).oid
    numbers = []
    for content in (b"2", b"3"):
        done = commit(repo, AddFile("a", content), author=outsider, create_pr=True)
        numbers.append(done.pr_number)
        assert files(repo, f"refs/pr/{done.pr_number}") == {"a": content}
    assert numbers == [1, 2]
    assert revisions.resolve(repo).oid == head
    done = commit(repo, AddFile("b", b"4"), author=outsider, ref="refs/pr/1")
    assert files(repo, "refs/pr/1") == {"a": b"2", "b": b"4"}


def test_a_missing_branch_is_no_place_to_commit(maker) -> None:
    repo = make_repo(maker)
    for ref in ("refs/heads/nope", "refs/pr/7", revisions.resolve(repo).oid):
        with pytest.raises(RevisionNotFound):
            commit(repo, AddFile("a", b"1"), ref=ref)


def test_authors_are_opaque_in_the_commit_and_known_beside_it(maker) -> None:
    repo = make_repo(maker)
    com = Com.objects.get(repo=repo)
    content = objects.read_small(repo.pk, com.oid).decode()
    assert f"author {maker.opaque} <{maker.opaque}@users.noreply.localhost>" in content
    assert maker.username not in content
    assert maker.email not in content
    assert com.author == maker


def test_a_refused_operation_changes_nothing(maker) -> None:
    repo = make_repo(maker, files={"a": b"1", "d/e": b"2"})
    counts = [model.objects.count() for model in (Obj, Com, Event, PathDelta)]
    bad = {
        DeletePath("nope"): EntryNotFound,
        DeletePath("a/"): EntryNotFound,
        CopyFile("x", "nope"): EntryNotFound,
        AddFile("a/b", b""): PathInTheWay,
        AddFile("d", b""): PathInTheWay,
        AddLfs("w", "0" * 64, 5): LfsMissing,
        AddFile("big", b"0" * (10 * 2**20 + 1)): CommitTooLarge,
        CopyFile("x", "a", "0" * 40): RevisionNotFound,
    }
    for operation, refusal in bad.items():
        with pytest.raises(refusal):
            commit(repo, AddFile("fine", b"x"), operation)
    assert [model.objects.count() for model in (Obj, Com, Event, PathDelta)] == counts


@pytest.mark.parametrize("summary", ["", "  \n ", "a\0b", "\ud800"])
def test_messages_that_git_could_not_hold_are_refused(maker, summary: str) -> None:
    repo = make_repo(maker)
    with pytest.raises(Invalid):
        commit(repo, AddFile("a", b""), summary=summary)


def test_a_forged_header_in_a_message_stays_a_message(maker) -> None:
    repo = make_repo(maker)
    summary = "x\n\nauthor evil <e@e> 0 +0000\nparent " + "0" * 40
    done = commit(repo, AddFile("a", b""), summary=summary)
    theirs = GitCommit.from_raw_string(1, objects.read_small(repo.pk, done.oid))
    assert theirs.author.startswith(maker.opaque.encode())
    assert [p.decode() for p in theirs.parents] == [done.parent]


def test_files_copied_from_another_revision_are_in_the_clone(maker) -> None:
    repo = make_repo(maker, files={"a/x": b"1", "a/y": b"2"})
    old = revisions.resolve(repo).oid
    commit(repo, DeletePath("a"))
    done = commit(repo, CopyFile("back", "a", old), CopyFile("one", "a/x", old))
    assert files(repo) == {"back/x": b"1", "back/y": b"2", "one": b"1"}
    new = set(ComObj.objects.filter(com__oid=done.oid).values_list("oid", flat=True))
    assert {git_objects.object_id(git_objects.BLOB, c) for c in (b"1", b"2")} <= new


# --- large content ------------------------------------------------------------------------------
def test_large_regular_files_go_to_the_content_store(maker, store) -> None:
    repo = make_repo(maker)
    content = os.urandom(100_000)
    commit(repo, AddFile("big.txt", content))
    entry = revisions.entry(revisions.resolve(repo), "big.txt")
    assert entry.store_key == hashlib.sha256(content).hexdigest()
    assert store.has(entry.store_key)
    assert (entry.lfs, entry.size) == (None, 100_000)
    assert entry.etag == git_objects.object_id(git_objects.BLOB, content)
    assert revisions.read(entry) == content
    assert RepoBlob.objects.get(repo=repo).linked_at is not None


def test_an_lfs_file_is_a_pointer_in_git_and_the_file_to_people(maker) -> None:
    repo = make_repo(maker)
    content = b"\0" * 5000
    commit(repo, make_lfs(repo, maker, content)("w.bin"))
    entry = revisions.entry(revisions.resolve(repo), "w.bin")
    sha256 = hashlib.sha256(content).hexdigest()
    assert (entry.lfs, entry.etag, entry.size) == (sha256, sha256, 5000)
    pointer = objects.read_small(repo.pk, entry.oid).decode()
    assert (
        pointer == f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 5000\n"
    )


def test_bytes_of_another_repo_are_as_unknown_as_bytes_nobody_has(maker, outsider) -> None:
    theirs = make_repo(maker)
    secret = make_lfs(theirs, maker, b"secret weights")("w")
    mine = make_repo(outsider)
    told = []
    for oid in (secret.sha256, "0" * 64):
        for size in (secret.size, None):
            with pytest.raises(LfsMissing) as refused:
                commit(mine, AddLfs("w", oid, size))
            told.append((str(refused.value), refused.value.status, refused.value.context))
    assert len({repr(answer) for answer in told}) == 1


def test_a_wrong_size_of_ones_own_bytes_is_refused(maker) -> None:
    repo = make_repo(maker)
    own = make_lfs(repo, maker, b"12345")("w")
    for size in (4, 6, 0, -1, 2**63):
        with pytest.raises(LfsMissing):
            commit(repo, AddLfs("w", own.sha256, size))
    assert commit(repo, AddLfs("w", own.sha256, None)).changed


def test_text_that_reads_like_a_pointer_is_served_as_text(maker, outsider) -> None:
    secret = make_lfs(make_repo(maker), maker, b"secret")("w")
    text = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{secret.sha256}\n"
        f"size {secret.size}\n"
    ).encode()
    mine = make_repo(outsider, files={"stolen.bin": text})
    entry = revisions.entry(revisions.resolve(mine), "stolen.bin")
    assert entry.lfs is None
    assert revisions.read(entry) == text


def test_another_object_under_a_known_id_is_refused(maker) -> None:
    repo = make_repo(maker, files={"a": b"genuine"})
    oid = git_objects.object_id(git_objects.BLOB, b"genuine")
    Obj.objects.filter(repo=repo, oid=oid).update(sha256="0" * 64)
    with pytest.raises(Conflict) as refused:
        commit(repo, AddFile("b", b"genuine"))
    assert refused.value.code == "ObjectCollision"


def test_folders_of_ten_thousand_files_grow_by_deltas(maker) -> None:
    repo = make_repo(maker)
    commit(repo, *(AddFile(f"file{n:05}", str(n).encode()) for n in range(10_000)))
    before = Repo.objects.get(pk=repo.pk).object_bytes
    made = [commit(repo, AddFile(f"file{n * 97:05}", f"edit {n}".encode())) for n in range(40)]
    assert (Repo.objects.get(pk=repo.pk).object_bytes - before) / 40 < 600
    objects.forget()
    for number in (0, 31, 32, 39):  # steps 1, 32, 33 and 40 of the folder
        revision = revisions.resolve(repo, made[number].oid)
        links = objects.chain(repo.pk, revision.tree_oid)
        steps = [link.step for link in links]
        assert steps == PREFIXES[number + 1]
        content = objects.content_of(links)
        assert git_objects.object_id(git_objects.TREE, content) == revision.tree_oid
        assert revisions.read(revisions.entry(revision, "file00000")) == b"edit 0"


# Each step is a delta against the step without its lowest bit.
PREFIXES = {1: [0, 1], 32: [0, 32], 33: [0, 32, 33], 40: [0, 32, 40]}


def test_an_old_folder_is_written_whole_again(maker, monkeypatch) -> None:
    monkeypatch.setattr(rows, "MOST_STEPS", 4)
    repo = make_repo(maker, files={f"file{n:03}": b"" for n in range(60)})
    for number in range(9):
        commit(repo, AddFile(f"file{number:03}", b"new"))
    trees = Obj.objects.filter(repo=repo, type=git_objects.TREE).order_by("pk")
    assert list(trees.values_list("step", flat=True)) == [0, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


# --- what the database forbids ------------------------------------------------------------------
def test_the_database_keeps_one_object_commit_and_ref_of_a_name(maker) -> None:
    repo = make_repo(maker)
    com = Com.objects.get(repo=repo)
    for twin in (
        Obj(repo=repo, oid=com.oid, type=1, size=1, data=b"x"),
        Com(repo=repo, oid=com.oid, tree=com.tree, gen=9, when=com.when, title="x"),
        Ref(repo=repo, name="refs/heads/main", target=com, created_at=com.when),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


def test_deleting_a_repo_leaves_nothing_of_it(maker) -> None:
    repo = make_repo(maker, files={"a": b"1"})
    refs.create_branch(repo, "dev", by=maker)
    commit(repo, make_lfs(repo, maker, b"bytes")("w"), ref="refs/heads/dev")
    refs.retain(repo, revisions.resolve(repo).oid, "evaluated")
    repos.delete(repo, by=maker)
    for model in (Repo, Ref, Com, ComObj, Obj, PathDelta, RepoBlob):
        assert not model.objects.exists()


def test_a_commit_of_one_file_asks_a_bounded_number_of_queries(maker) -> None:
    repo = make_repo(maker, files={"a/b/c.txt": b"1"})
    objects.forget()
    with CaptureQueriesContext(connection) as asked:
        commit(repo, AddFile("a/b/c.txt", b"2"))
    clock = 4 if connection.vendor == "postgresql" else 0  # SQLite's clock is no query
    assert len(asked) <= 34 + clock, [q["sql"][:100] for q in asked]


def test_uploads_of_the_same_bytes_twice_are_one(maker, store) -> None:
    repo = make_repo(maker)
    for _time in range(2):
        make_lfs(repo, maker, b"same")
    assert RepoBlob.objects.filter(repo=repo).count() == 1
    assert store.receive(BytesIO(b"same")).size == 4
