"""Killed at any step, or raced by others: nothing acknowledged is lost, nothing is half there."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from models_registry import revisions
from models_registry.models import Blob, Com, Ref, Repo, RepoBlob
from models_registry.revisions import objects
from models_registry.revisions.refusals import BranchMoved
from models_registry.storage import is_here, opened
from models_registry.storage.crash import LABELS
from tests.factories import make_repo

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repo(committed_db, store, maker, settings) -> Repo:
    store.root = Path(settings.CONTENT_DIR)  # where other processes look
    return make_repo(maker)


def add(env: dict[str, str], repo: Repo, name: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tests.models_registry.crashing", str(repo.pk), name],
        cwd=ROOT, env={**env, **more}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def assert_whole(repo: Repo, store) -> set[str]:
    """R2, R3: whatever can be seen is complete, and each key is its bytes' hash."""
    objects.forget()
    revision = revisions.resolve(repo)
    for com in revisions.history(revision, limit=1000):
        found = revisions.listing(revisions.resolve(repo, com.oid), recursive=True)
        for entry in found:
            content = revisions.read(entry)
            assert hashlib.sha256(content).hexdigest() == entry.sha256
    for blob in Blob.objects.all():
        with opened(blob.sha256) as file:
            assert hashlib.sha256(file.read()).hexdigest() == blob.sha256
    for key in store.keys():  # noqa: SIM118 - a store is no dict
        assert hashlib.sha256(store.path(key).read_bytes()).hexdigest() == key
    for owned in RepoBlob.objects.all():
        assert is_here(owned.blob_id)
    assert Repo.objects.get(pk=repo.pk).head_oid == revision.oid
    return {entry.path for entry in revisions.listing(revision)}


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS)
def test_killed_at_any_labelled_point_nothing_is_half_there(
    committed_db, repo, store, label
) -> None:
    env = {**committed_db.env, "COMMONHOLD_CRASH_POINTS": "1"}
    killed = add(env, repo, "killed", CRASH_AT=label)
    assert killed.returncode == 137, killed.stderr[-2000:]
    paths = assert_whole(repo, store)
    there = {"w-killed.bin", "x-killed.bin", "f-killed.txt", "big-killed.txt"}
    assert not paths & there or paths >= there
    assert (there <= paths) == (label == "commit:committed")
    again = add(env, repo, "killed")
    assert again.returncode == 0, again.stderr[-2000:]
    assert assert_whole(repo, store) >= there
    assert revisions.resolve(repo, again.stdout.split()[-1])


def test_crash_points_mean_nothing_where_settings_do_not_allow_them(
    committed_db, repo, store
) -> None:
    done = add(committed_db.env, repo, "alive", CRASH_AT="commit:planned")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "f-alive.txt" in assert_whole(repo, store)


def commits_at_once(repo: Repo, count: int, **options) -> list[object]:
    author = repo.created_by

    def one(number: int) -> object:
        try:
            return revisions.commit(
                Repo.objects.select_related("namespace").get(pk=repo.pk),
                author=author,
                operations=[revisions.AddFile(f"{number}.txt", str(number).encode())],
                summary=f"file {number}",
                **options,
            )
        except BranchMoved as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def test_twenty_commits_at_once_are_all_there_in_one_line(repo, store) -> None:
    done = commits_at_once(repo, 20)
    assert len({committed.oid for committed in done}) == 20
    assert assert_whole(repo, store) == {".gitattributes", *(f"{n}.txt" for n in range(20))}
    gens = list(Com.objects.filter(repo=repo).order_by("gen").values_list("gen", flat=True))
    assert gens == list(range(21))


def test_of_twenty_commits_on_one_parent_one_wins(repo, store) -> None:
    done = commits_at_once(repo, 20, parent=revisions.resolve(repo).oid)
    assert sum(isinstance(result, revisions.Committed) for result in done) == 1
    assert sum(isinstance(result, BranchMoved) for result in done) == 19
    assert len(assert_whole(repo, store)) == 2


def test_twenty_pull_requests_at_once_get_twenty_numbers(repo) -> None:
    done = commits_at_once(repo, 20, create_pr=True)
    assert sorted(committed.pr_number for committed in done) == list(range(1, 21))
    assert Ref.objects.filter(repo=repo, name__startswith="refs/pr/").count() == 20
