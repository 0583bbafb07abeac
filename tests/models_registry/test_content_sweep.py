"""What no commit refers to goes away after a day; what one refers to, at any moment, stays."""

import datetime as dt
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from models_registry import jobs, repos, revisions, uploads
from models_registry.models import Blob, Com, Repo, RepoBlob
from models_registry.revisions import writing
from models_registry.revisions.refusals import LfsMissing
from models_registry.storage import Content, sweeping
from models_registry.storage.ownership import own
from models_registry.storage.refusals import CutShort
from portal.clock import shifted
from tests.factories import make_lfs, make_repo
from tests.support.work import Quiet

pytestmark = pytest.mark.db
LATER = dt.timedelta(hours=24, minutes=1)


def key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_only_what_no_commit_named_for_a_day_is_given_up(maker, store) -> None:
    repo = make_repo(maker)
    linked = make_lfs(repo, maker, b"linked")("w.bin")
    revisions.commit(repo, author=maker, operations=[linked], summary="weights")
    make_lfs(repo, maker, b"forgotten")
    assert jobs.sweep_content(Quiet())["files"] == 0
    with shifted(LATER):
        make_lfs(repo, maker, b"on its way")
        assert sweeping.sweep() == sweeping.Swept(claims=1, strays=0, files=1, bytes=9)
    assert not store.has(key(b"forgotten"))
    assert store.has(key(b"on its way"))
    assert revisions.read(revisions.entry(revisions.resolve(repo), "w.bin")) == b"linked"


def test_a_dry_run_says_the_same_and_changes_nothing(maker, store) -> None:
    make_lfs(make_repo(maker), maker, b"forgotten")
    with shifted(LATER):
        would = sweeping.sweep(dry_run=True)
        said = io.StringIO()
        call_command("sweep_content", "--dry-run", stdout=said)
        assert RepoBlob.objects.exists()
        assert sweeping.sweep() == would == sweeping.Swept(1, 0, 1, 9)
    assert "Would remove 1 claims that no commit followed and 1 files" in said.getvalue()
    assert not Blob.objects.exists()


def test_bytes_of_a_deleted_repo_go_unless_another_repo_has_them(maker, outsider, store) -> None:
    first, second = make_repo(maker), make_repo(outsider)
    for content, owners in ((b"only here", [first]), (b"shared", [first, second])):
        for repo in owners:
            operation = make_lfs(repo, repo.created_by, content)(f"{content[:4].decode()}.bin")
            revisions.commit(repo, author=maker, operations=[operation], summary="weights")
    repos.delete(first, by=maker)
    with shifted(LATER):
        assert sweeping.sweep().files == 1
    assert not store.has(key(b"only here"))
    assert revisions.read(revisions.entry(revisions.resolve(second), "shar.bin")) == b"shared"


def test_bytes_that_a_crash_left_without_a_row_go_too(db, store) -> None:
    stray = store.receive(io.BytesIO(b"stray")).sha256
    assert sweeping.sweep().strays == 0  # too young: its row may be on its way
    os.utime(store.path(stray), (0, 0))
    assert sweeping.sweep(dry_run=True).strays == 1
    assert sweeping.sweep().strays == 1
    with shifted(LATER):
        assert sweeping.sweep().files == 1
    assert not store.has(stray)


def test_asking_for_an_upload_again_keeps_what_was_sent_before(maker) -> None:
    repo = make_repo(maker)
    make_lfs(repo, maker, b"sent yesterday")
    with shifted(dt.timedelta(hours=23)):
        announced = Content(key(b"sent yesterday"), len(b"sent yesterday"))
        assert uploads.offers(repo, maker, [announced]) == [None]
    with shifted(LATER):
        assert sweeping.sweep().claims == 0


def test_a_commit_whose_bytes_were_swept_meanwhile_is_refused_whole(maker, monkeypatch) -> None:
    repo = make_repo(maker)
    operation = make_lfs(repo, maker, b"too late")("w.bin")
    planned = writing.plan

    def plan_slowly(*args: object) -> object:
        done = planned(*args)
        with shifted(LATER):
            sweeping.sweep()
        return done

    monkeypatch.setattr(writing, "plan", plan_slowly)
    with pytest.raises(LfsMissing):
        revisions.commit(repo, author=maker, operations=[operation], summary="weights")
    assert Com.objects.filter(repo=repo).count() == 1


def test_bytes_swept_between_file_and_row_are_asked_for_again(maker, store) -> None:
    repo = make_repo(maker)
    content = store.receive(io.BytesIO(b"swept"))
    store.delete(content.sha256)
    with pytest.raises(CutShort):
        own(repo, content, by=maker, charged=maker.namespace)
    assert not RepoBlob.objects.exists()


def test_a_row_that_goes_while_it_is_claimed_is_written_again(maker, store, monkeypatch) -> None:
    """The file came in anew between the sweep and the claim: nothing has to be sent again."""
    repo = make_repo(maker)
    content = store.receive(io.BytesIO(b"again"))
    found = Blob.objects.get_or_create

    def slowly(**wanted: object) -> object:
        done = found(**wanted)
        monkeypatch.undo()
        Blob.objects.all().delete()
        return done

    monkeypatch.setattr(Blob.objects, "get_or_create", slowly)
    own(repo, content, by=maker, charged=maker.namespace)
    assert Blob.objects.get().size == len(b"again")
    assert RepoBlob.objects.get().repo == repo


def test_commits_and_sweeps_at_once_leave_no_claim_without_bytes(
    committed_db, maker, store, monkeypatch
) -> None:
    """With no grace at all every upload is fair game until the moment a commit names it."""
    monkeypatch.setattr(sweeping, "GRACE", dt.timedelta(0))
    repo = make_repo(maker)

    def sweep(_number: int) -> bool:
        try:
            return bool(sweeping.sweep().files)
        finally:
            connection.close()

    def add(number: int) -> bool:
        try:
            mine = Repo.objects.select_related("namespace").get(pk=repo.pk)
            operation = make_lfs(mine, maker, b"same bytes")(f"{number}.bin")
            done = revisions.commit(mine, author=maker, operations=[operation], summary="add")
            return done.changed
        except (LfsMissing, CutShort):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda n: sweep(n) if n % 2 else add(n), range(40)))
    for row in RepoBlob.objects.all():
        assert store.has(row.blob_id)
    kept = {e.path for e in revisions.listing(revisions.resolve(repo)) if e.path.endswith(".bin")}
    assert kept == {f"{n}.bin" for n in range(0, 40, 2) if done[n]}
