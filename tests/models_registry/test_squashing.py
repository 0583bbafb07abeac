"""A squashed branch: the same files in one commit, and what becomes of all that stood on it."""

import sys

import pytest

from models_registry import refs, revisions
from models_registry.discussions import merging, talking
from models_registry.models import Com, ComObj, Discussion, PathDelta, Ref
from models_registry.revisions import AddFile, DeletePath
from models_registry.revisions.squashing import squash
from tests.factories import make_repo
from tests.models_registry.deeds import commit

pytestmark = pytest.mark.db
MAIN = "refs/heads/main"


@pytest.fixture
def repo(maker):
    repo = make_repo(maker)
    commit(repo, AddFile("a/b.txt", b"b"), AddFile("c.txt", b"c"))
    commit(repo, AddFile("c.txt", b"see"), DeletePath("a/b.txt"), AddFile("a/d.txt", b"d"))
    return repo


def titles(repo, rev="main", **options):
    return [com.title for com in revisions.history(revisions.resolve(repo, rev), **options)]


def test_the_files_stay_and_the_history_is_one_commit(repo, maker) -> None:
    before = revisions.resolve(repo)
    oid = squash(repo, MAIN, by=maker, message="All of it")
    now = revisions.resolve(repo)
    assert (now.oid, now.tree_oid, now.on_default) == (oid, before.tree_oid, True)
    assert titles(repo) == titles(repo, path="c.txt") == titles(repo, path="a") == ["All of it"]
    assert titles(repo, path="a/b.txt") == []
    last = revisions.last_commits(now, ["a", "a/d.txt", "c.txt"])
    assert {com.oid for com in last.values()} == {oid} and len(last) == 3
    repo.refresh_from_db()
    assert repo.head_oid == oid
    with pytest.raises(revisions.RevisionNotFound):
        revisions.resolve(repo, before.oid)
    assert squash(repo, MAIN, by=maker, message="Again") == oid


def test_work_goes_on_behind_it(repo, maker) -> None:
    squash(repo, MAIN, by=maker, message="All of it")
    commit(repo, AddFile("e.txt", b"e"))
    assert titles(repo)[1:] == ["All of it"] and len(titles(repo)) == 2
    assert len(titles(repo, path="e.txt")) == 1
    on_default = Com.objects.filter(repo=repo, on_default=True)
    assert set(PathDelta.objects.filter(repo=repo).values_list("com", flat=True)) == set(
        on_default.values_list("pk", flat=True)
    )


def test_a_clone_gets_every_object_with_the_one_commit(repo, maker) -> None:
    oid = squash(repo, MAIN, by=maker, message="All of it")
    brought = set(ComObj.objects.filter(com__oid=oid).values_list("oid", flat=True))
    now = revisions.resolve(repo)
    listed = {entry.oid for entry in revisions.listing(now, recursive=True)}
    assert brought == listed | {oid, now.tree_oid}


def test_a_tag_keeps_the_history_that_it_stands_on(repo, maker) -> None:
    refs.create_tag(repo, "v1", by=maker)
    before = titles(repo)
    squash(repo, MAIN, by=maker, message="All of it")
    assert titles(repo, "v1") == before
    assert len(titles(repo, "v1", path="c.txt")) == 2
    tagged = revisions.resolve(repo, "v1")
    assert revisions.last_commits(tagged, ["c.txt"])["c.txt"].oid == tagged.oid
    assert titles(repo) == ["All of it"]


def test_a_long_old_history_never_runs_into_the_new_one(repo, maker, monkeypatch) -> None:
    refs.create_tag(repo, "v1", by=maker)
    squash(repo, MAIN, by=maker, message="All of it")
    # `revisions.history` is the function; the module behind it is meant.
    module = sys.modules["models_registry.revisions.history"]
    monkeypatch.setattr(module, "LONGEST_WALK", 1)
    assert "All of it" not in titles(repo, "v1") + titles(repo, "v1", path="c.txt")
    assert revisions.last_commits(revisions.resolve(repo, "v1"), [".gitattributes"]) == {}


def test_another_branch_is_squashed_without_the_default_one(repo, maker) -> None:
    refs.create_branch(repo, "side", by=maker)
    commit(repo, AddFile("s.txt", b"s"), ref="refs/heads/side")
    before = titles(repo)
    squash(repo, "refs/heads/side", by=maker, message="A side")
    assert titles(repo, "side") == ["A side"]
    assert titles(repo) == before
    assert not revisions.resolve(repo, "side").on_default


def proposed(repo, person, *operations) -> Discussion:
    done = revisions.commit(
        repo, author=person, operations=list(operations), summary="Propose", create_pr=True
    )
    pull = Discussion.objects.get(repo=repo, number=done.pr_number)
    if pull.state == "draft":
        talking.change_state(pull, by=person, state="open", text="")
    return pull


def test_a_squashed_pull_request_is_merged_still(repo, maker, voter) -> None:
    pull = proposed(repo, voter, AddFile("p.txt", b"1"))
    commit(repo, AddFile("p.txt", b"2"), ref=pull.ref)
    squash(repo, pull.ref, by=voter, message="One step")
    head = merging.head_of(pull)
    assert head is not None and head.title == "One step"
    assert merging.parting(head) == Ref.objects.get(repo=repo, name=MAIN).target
    merging.merge(pull, by=maker)
    assert titles(repo)[0] == "One step"


def test_a_pull_request_on_a_squashed_branch_brings_nothing_back(repo, maker, voter) -> None:
    pull = proposed(repo, voter, AddFile("p.txt", b"1"))
    commit(repo, DeletePath("c.txt"))
    squash(repo, MAIN, by=maker, message="All of it")
    with pytest.raises(merging.MergeConflict, match="squashed"):
        merging.merge(pull, by=maker)
    assert titles(repo) == ["All of it"]


def test_what_is_not_there_is_not_squashed(repo, maker) -> None:
    with pytest.raises(revisions.RevisionNotFound):
        squash(repo, "refs/heads/none", by=maker, message="m")
