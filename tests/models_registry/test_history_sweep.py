"""What nothing reaches any more goes after a day; what a ref reaches stays whole at any moment."""

import datetime as dt
import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from models_registry import jobs, quotas, refs, repos, revisions
from models_registry.models import Com, CommitParent, ComObj, GuestShare, Obj, Ref, Repo, RepoBlob
from models_registry.revisions import AddFile, DeletePath, garbage, rewriting
from models_registry.revisions.ancestry import History
from models_registry.revisions.squashing import squash
from models_registry.storage import sweeping
from portal.clock import shifted
from portal.errors import Refused
from tests.factories import make_lfs, make_repo
from tests.models_registry.deeds import commit, files
from tests.support.work import Quiet

pytestmark = pytest.mark.db
MAIN, SIDE = "refs/heads/main", "refs/heads/side"
LATER = dt.timedelta(hours=24, minutes=1)
LONG = b"long " * 20_000  # beyond what the database keeps itself


def swept_twice() -> garbage.Swept:
    """Note what is out of reach, and remove it a day later."""
    garbage.sweep()
    with shifted(LATER):
        return garbage.sweep()


def whole(repo: Repo) -> bool:
    """Whether all that a clone of the repo is sent is there, and nothing else is kept."""
    history = History(repo)
    tips = {*Ref.objects.filter(repo=repo).values_list("target__oid", flat=True)}
    reached = history.below(tips)
    coms = [history.keys[oid] for oid in reached]
    sent = set(ComObj.objects.filter(com__in=coms).values_list("oid", flat=True)) | reached
    return sent <= set(Obj.objects.filter(repo=repo).values_list("oid", flat=True))


@pytest.fixture
def repo(maker) -> Repo:
    repo = make_repo(maker)
    commit(repo, AddFile("kept.txt", b"kept"))
    return repo


@pytest.fixture
def side(repo, maker) -> Repo:
    """A repo with a branch of two commits that nothing else has."""
    refs.create_branch(repo, "side", by=maker)
    commit(repo, AddFile("side.txt", b"side"), AddFile("long.txt", LONG), ref=SIDE)
    commit(repo, make_lfs(repo, maker, b"weights")("w.bin"), ref=SIDE)
    return repo


def test_commits_of_a_deleted_branch_go_a_day_after_they_were_found(side, maker) -> None:
    before = quotas.used(maker.namespace)
    refs.delete_branch(side, "side", by=maker)
    first = jobs.sweep_history(Quiet())
    assert (first["noted"], first["commits"]) == (2, 0)
    with shifted(dt.timedelta(hours=23)):
        assert garbage.sweep() == garbage.Swept()
    with shifted(LATER):
        done = garbage.sweep()
        # Two commits, two trees, the text, the long text and the pointer.
        assert (done.commits, done.objects, done.files) == (2, 7, 2)
        assert garbage.sweep() == garbage.Swept()
    assert Com.objects.filter(repo=side).count() == 2
    assert whole(side) and files(side) == {"kept.txt": b"kept"}
    side.refresh_from_db()
    kept = Obj.objects.filter(repo=side).values_list("data", flat=True)
    assert side.object_bytes == sum(len(data) for data in kept)
    assert quotas.used(maker.namespace) == before - done.bytes  # the large files a day later


def test_large_files_go_with_their_last_revision_a_day_later(side, maker, store) -> None:
    refs.delete_branch(side, "side", by=maker)
    keys = set(RepoBlob.objects.filter(repo=side).values_list("blob", flat=True))
    garbage.sweep()
    with shifted(LATER):
        garbage.sweep()
        assert sweeping.sweep().files == 0
        assert all(store.has(key) for key in keys)
    with shifted(LATER * 2):
        assert sweeping.sweep().files == len(keys) == 2
    assert not any(store.has(key) for key in keys)


def test_a_file_committed_again_before_its_day_is_over_stays(side, maker, store) -> None:
    refs.delete_branch(side, "side", by=maker)
    swept_twice()
    with shifted(LATER):
        again = revisions.AddLfs("w.bin", next(iter(weights(side))), len(b"weights"))
        commit(side, again)
    with shifted(LATER * 2):
        sweeping.sweep()
    assert files(side)["w.bin"] == b"weights"


def weights(repo: Repo) -> set[str]:
    rows = RepoBlob.objects.filter(repo=repo, blob__size=len(b"weights"))
    return set(rows.values_list("blob", flat=True))


def test_a_dry_run_says_the_same_and_changes_nothing(side, maker) -> None:
    refs.delete_branch(side, "side", by=maker)
    said = io.StringIO()
    call_command("sweep_history", "--dry-run", stdout=said)
    assert "2 commits more are out of reach" in said.getvalue()
    assert not Com.objects.exclude(unreached_since=None).exists()
    garbage.sweep()
    with shifted(LATER):
        would = garbage.sweep(dry_run=True)
        assert garbage.sweep(dry_run=True) == would
        call_command("sweep_history", "--dry-run", stdout=said)
        told: list[tuple[int, int, str]] = []
        assert garbage.sweep(tell=lambda *at: told.append(at)) == would
    assert f"Would remove 2 commits, {would.objects} objects" in said.getvalue()
    assert told == [(1, 1, "looking"), (1, 1, "removing")]


def test_a_squash_leaves_nothing_behind_and_the_trees_that_deltas_need(repo, maker) -> None:
    many = [AddFile(f"folder/file-{n:03}.txt", b"%d" % n) for n in range(100)]
    commit(repo, *many)
    for turn in range(5):
        commit(repo, AddFile("folder/file-000.txt", b"turn %d" % turn))
    there = files(repo)
    oid = squash(repo, MAIN, by=maker, message="All of it")
    assert swept_twice().commits == 8
    assert [com.oid for com in Com.objects.filter(repo=repo)] == [oid]
    assert whole(repo)
    revisions.objects.forget()
    assert files(repo) == there
    needed = set(Obj.objects.exclude(base=None).values_list("base", flat=True))
    assert needed <= set(Obj.objects.filter(repo=repo).values_list("oid", flat=True))
    commit(repo, DeletePath("folder", folder=True))
    squash(repo, MAIN, by=maker, message="Without the folder")
    swept_twice()
    left = {row.oid for row in Obj.objects.filter(repo=repo)}
    now = revisions.resolve(repo)
    listed = {entry.oid for entry in revisions.listing(now, recursive=True)}
    assert left == listed | {now.oid, now.tree_oid}


def test_a_history_written_anew_leaves_the_old_one_to_the_sweep(side, maker, store) -> None:
    old = set(Com.objects.filter(repo=side, refs__name=SIDE).values_list("oid", flat=True))
    rewriting.remove(side, weights(side), by=maker)
    assert swept_twice().commits == 1
    assert not Com.objects.filter(repo=side, oid__in=old).exists()
    assert whole(side) and files(side, "side")["long.txt"] == LONG


def test_what_a_tag_or_an_evaluation_holds_stays_with_all_below_it(side, maker) -> None:
    tagged = revisions.resolve(side, "side").oid
    refs.retain(side, tagged, "evaluated")
    refs.delete_branch(side, "side", by=maker)
    assert swept_twice() == garbage.Swept()
    revisions.objects.forget()
    assert files(side, tagged)["long.txt"] == LONG


def test_a_commit_that_is_reached_again_is_forgiven(side, maker) -> None:
    tip = Com.objects.get(repo=side, refs__name=SIDE)
    refs.delete_branch(side, "side", by=maker)
    garbage.sweep()
    Ref.objects.create(repo=side, name=SIDE, target=tip, created_at=tip.when)
    with shifted(LATER):
        assert garbage.sweep() == garbage.Swept()
    assert not Com.objects.exclude(unreached_since=None).exists()


def test_what_a_guest_proposed_and_took_back_costs_them_nothing_more(repo, voter) -> None:
    done = commit(repo, AddFile("p.txt", b"p" * 900), author=voter, create_pr=True)
    assert GuestShare.objects.get(repo=repo).size > 0
    refs.delete_branch(repo, f"refs/pr/{done.pr_number}", by=voter)
    swept_twice()
    assert GuestShare.objects.get(repo=repo).size == 0
    assert quotas.used(voter.namespace) == 0


def test_many_commits_go_in_several_transactions_children_first(side, maker, monkeypatch) -> None:
    monkeypatch.setattr(garbage, "COMMITS", 1)
    refs.delete_branch(side, "side", by=maker)
    garbage.sweep()
    with shifted(LATER):
        first = garbage._remove(side, garbage.db_now() - garbage.GRACE)
        assert first is not None and len(first.commits) == 1
        assert Com.objects.get(repo=side, title="change files", gen=2)
        assert garbage.sweep().commits == 1
    assert whole(side)


def test_a_deleted_repo_leaves_nothing_to_sweep(side, maker) -> None:
    repos.delete(side, by=maker)
    assert swept_twice() == garbage.Swept()
    assert not Obj.objects.exists()


def test_a_commit_that_brings_the_same_objects_while_the_sweep_looks_keeps_them(
    side, maker, monkeypatch
) -> None:
    """What the sweep has seen before it holds the repo counts for nothing."""
    refs.delete_branch(side, "side", by=maker)
    garbage.sweep()
    noted = garbage._note

    def slowly(*args: object) -> int:
        done = noted(*args)
        with shifted(LATER):
            commit(side, AddFile("side.txt", b"side"), AddFile("long.txt", LONG))
        return done

    monkeypatch.setattr(garbage, "_note", slowly)
    with shifted(LATER):
        assert garbage.sweep().commits == 2
    revisions.objects.forget()
    assert whole(side)
    assert files(side) == {"kept.txt": b"kept", "side.txt": b"side", "long.txt": LONG}


def test_a_commit_between_the_last_look_and_the_removal_writes_what_goes(
    committed_db, maker, monkeypatch
) -> None:
    """It waits for the sweep before it asks what is there, not after."""
    repo = make_repo(maker)
    refs.create_branch(repo, "side", by=maker)
    commit(repo, AddFile("side.txt", b"side"), ref=SIDE)
    refs.delete_branch(repo, "side", by=maker)
    garbage.sweep()
    monkeypatch.setattr(garbage, "GRACE", -LATER)  # threads share no shifted clock
    delete = garbage._delete
    with ThreadPoolExecutor(1) as pool:

        def again() -> None:
            try:
                commit(repo, AddFile("side.txt", b"side"))
            finally:
                connection.close()

        waiting = []

        def slowly(*args: object) -> None:
            waiting.append(pool.submit(again))
            time.sleep(1)
            delete(*args)

        monkeypatch.setattr(garbage, "_delete", slowly)
        assert garbage.sweep().commits == 1
        waiting[0].result(30)
    revisions.objects.forget()
    assert whole(repo) and files(repo) == {"side.txt": b"side"}


def test_commits_are_read_while_others_are_made(repo, monkeypatch) -> None:
    """On PostgreSQL each statement sees what was committed before it."""
    before = revisions.resolve(repo).oid
    rows = CommitParent.objects.filter(com__repo=repo)

    class Later:
        def filter(self, **_asked: object) -> object:
            monkeypatch.undo()
            commit(repo, AddFile("new.txt", b"new"))
            return rows.all()

    monkeypatch.setattr(CommitParent, "objects", Later())
    history = History(repo)
    assert before in history.keys and len(history.parents) == len(history.keys) == 2


def test_a_branch_is_not_made_at_a_commit_that_lost_its_address_meanwhile(
    side, maker, monkeypatch
) -> None:
    found = refs._commit

    def slowly(repo: Repo, revision: str | None) -> Com:
        com = found(repo, revision)
        refs.delete_branch(side, "side", by=maker)
        return com

    monkeypatch.setattr(refs, "_commit", slowly)
    with pytest.raises(revisions.RevisionNotFound):
        refs.create_branch(side, "again", by=maker, start="side")


def test_commits_and_sweeps_at_once_lose_no_byte_that_a_ref_reaches(
    committed_db, maker, monkeypatch
) -> None:
    """Without any grace, branches come and go with the same files while three threads sweep."""
    monkeypatch.setattr(garbage, "GRACE", dt.timedelta(0))
    repo = make_repo(maker)
    commit(repo, AddFile("kept.txt", b"kept"))

    def sweep() -> int:
        return garbage.sweep().commits

    def work(number: int) -> int:
        mine = Repo.objects.select_related("namespace").get(pk=repo.pk)
        name = f"b{number % 4}"
        try:
            refs.create_branch(mine, name, by=maker, exist_ok=True)
            texts = [AddFile(f"{n}.txt", b"same %d" % n) for n in range(5)]
            commit(mine, *texts, AddFile("long.txt", LONG), ref=f"refs/heads/{name}")
            if number % 3:
                refs.delete_branch(mine, name, by=maker)
            else:
                squash(mine, f"refs/heads/{name}", by=maker, message=f"Squash {number % 2}")
        except Refused:
            return 0
        return 1

    def step(number: int) -> int:
        try:
            return sweep() if number % 2 else work(number // 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(step, range(60)))
    assert sum(done[0::2]) > 5 and sum(done[1::2]) > 5
    revisions.objects.forget()
    assert whole(repo)
    for ref in refs.branches(repo):
        wanted = {"kept.txt": b"kept"}
        if ref.target.gen > 1:
            wanted |= {f"{n}.txt": b"same %d" % n for n in range(5)} | {"long.txt": LONG}
        assert files(repo, ref.name) == wanted
