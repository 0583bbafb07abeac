"""Xorbs that no file needs go after four weeks and two days; what is used again stays."""

import datetime as dt
import os
import threading
from io import BytesIO

import pytest

from portal.clock import db_now, shifted
from tests.factories import make_repo
from tests.support.xet import chunks_of, name_of, send

pytestmark = pytest.mark.db
DAYS = dt.timedelta(days=1)


def sweep(after: dt.timedelta = dt.timedelta()):
    from models_registry.xet import garbage

    with shifted(after):
        return garbage.sweep(db_now())


def drop_files(repo) -> None:
    """Let nothing need the repo's large files any more, as a deleted repo does."""
    from models_registry.models import Blob, RepoBlob

    RepoBlob.objects.filter(repo=repo).delete()
    Blob.objects.filter(owners=None).delete()


@pytest.fixture
def content():
    return os.urandom(150_000)


@pytest.fixture
def repo(maker, content):
    repo = make_repo(maker)
    send(repo, maker, content)
    return repo


def xorb():
    from models_registry.models import Xorb

    return Xorb.objects.get()


def test_what_a_file_needs_never_goes(repo):
    for days in (1, 40, 400):
        swept = sweep(days * DAYS)
        assert (swept.unused, swept.doomed, swept.removed) == (0, 0, 0)


def test_what_nothing_needs_goes_in_two_steps(repo):
    from models_registry.models import Xorb
    from models_registry.storage import xorb_store

    drop_files(repo)
    name = xorb().hash
    assert sweep().unused == 1
    assert sweep(27 * DAYS).doomed == 0
    assert sweep(29 * DAYS).doomed == 1
    assert sweep(30 * DAYS).removed == 0
    assert xorb_store.has(name)
    swept = sweep(32 * DAYS)
    assert (swept.removed, swept.freed > 0) == (1, True)
    assert not Xorb.objects.exists()
    assert not xorb_store.has(name)
    assert not xorb_store.index_path(name).exists()


def test_a_dry_run_tells_and_changes_nothing(repo):
    from models_registry.xet import garbage

    drop_files(repo)
    assert garbage.due(db_now()).unused == 1
    assert xorb().unused_since is None


def test_nobody_is_told_of_what_is_about_to_go(repo, maker):
    from models_registry.models import XetChunk
    from models_registry.xet import dedup
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    grant = Grant(Actor(maker), repo, None)
    name = xorb().hash
    chunk = XetChunk.objects.values_list("hash", flat=True)[0]
    assert dedup.is_known(grant, name)
    assert dedup.answer(grant, chunk) is not None
    drop_files(repo)
    sweep()
    sweep(29 * DAYS)
    assert not dedup.is_known(grant, name)
    assert dedup.answer(grant, chunk) is None


@pytest.mark.parametrize("after", [29 * DAYS, 29 * DAYS + dt.timedelta(hours=47)])
def test_a_file_that_needs_it_again_brings_it_back(repo, maker, content, after):
    """A client remembers what was here, and refers to it without asking."""
    from models_registry.models import RepoBlob
    from models_registry.storage import opened
    from models_registry.xet import receiving
    from models_registry.xet.grants import Grant
    from portal.access import Actor
    from tests.support.xet import shard

    drop_files(repo)
    sweep()
    sweep(29 * DAYS)
    with shifted(after):
        raw = shard(chunks_of(content))
        list(receiving.accept_shard(Grant(Actor(maker), repo, None), raw))
    assert (xorb().doomed_at, xorb().unused_since) == (None, None)
    assert sweep(60 * DAYS).removed == 0
    with opened(RepoBlob.objects.get().blob_id) as file:
        assert file.read() == content


def test_an_upload_has_a_week_between_xorb_and_shard(maker):
    from models_registry.formats.xet import xorbs
    from models_registry.xet import garbage, receiving
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    contents = [os.urandom(1000)]
    name = name_of(*contents)
    grant = Grant(Actor(maker), make_repo(maker), None)
    receiving.receive_xorb(grant, name, BytesIO(xorbs.packed(contents)))
    assert sweep(6 * DAYS).strays == 0
    assert receiving.has_sent(grant, name)
    assert garbage.due(db_now() + 8 * DAYS).strays == 1
    assert sweep(8 * DAYS).strays == 1
    assert not receiving.has_sent(grant, name)


def test_an_upload_has_a_week_between_shard_and_commit(repo):
    from models_registry.models import XorbSent

    sweep(6 * DAYS)
    assert XorbSent.objects.exists()
    sweep(8 * DAYS)
    assert not XorbSent.objects.exists()


def test_what_a_crash_left_without_a_row_goes_after_a_day(repo):
    from models_registry.models import Xorb, XorbSent
    from models_registry.storage import xorb_store

    drop_files(repo)
    name = xorb().hash
    XorbSent.objects.all().delete()
    Xorb.objects.all().delete()
    assert sweep(dt.timedelta(hours=23)).strays == 0
    assert sweep(dt.timedelta(hours=25)).strays == 1
    assert not xorb_store.has(name)


def sent_at_last(repo, maker, content):
    """Send until it is taken: for this sweep a month passes between a xorb and its shard."""
    from models_registry.xet.receiving import BadShard

    for _attempt in range(200):
        try:
            return send(repo, maker, content)
        except BadShard:
            continue
    raise AssertionError("never taken")


def test_a_file_that_comes_in_during_the_sweep_keeps_its_xorb(committed_db, maker, tmp_path):
    """Real threads: a sweep in a loop and uploads of the same content; every file stays whole."""
    from django.db import connection

    from models_registry.models import RepoBlob, Xorb
    from models_registry.storage import opened
    from models_registry.xet import garbage

    repo = make_repo(maker)
    contents = [os.urandom(70_000) for _ in range(6)]
    stop, faults = threading.Event(), []

    def sweeping():
        try:
            while not stop.is_set():
                for later in (0, 29, 32):
                    garbage.sweep(db_now() + later * DAYS)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=sweeping)
    thread.start()
    try:
        for _round in range(3):
            for content in contents:
                sent_at_last(repo, maker, content)
            if _round < 2:
                drop_files(repo)
    finally:
        stop.set()
        thread.join()
    assert not faults
    assert RepoBlob.objects.count() == len(contents)
    for blob, content in zip(RepoBlob.objects.order_by("pk"), contents, strict=True):
        with opened(blob.blob_id) as file:
            assert file.read() == content
    assert Xorb.objects.count() >= len(contents)
