"""No room: quotas of people and organisations, the free-disk floor, a full disk. Nothing half."""

import hashlib
import os
import resource
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.test import Client, RequestFactory

from models_registry import quotas, repos, revisions, uploads
from models_registry.hub_api.errors import refusals
from models_registry.models import Blob, Com, Obj, Repo, RepoBlob, Upload
from models_registry.revisions import AddFile, objects
from models_registry.storage import Content, LocalStore
from models_registry.storage.refusals import DiskFull, QuotaReached
from models_registry.transfer.middleware import sandboxed
from portal.clock import db_now
from portal.errors import NoSpace, for_full_disk
from portal.errors_middleware import answer_refusals
from portal.organisations.models import Role
from portal.people.models import Namespace
from tests.factories import MembershipFactory, OrganisationFactory, make_repo
from tests.support.xet import send

pytestmark = pytest.mark.db
MB = 10**6


def commit(repo: Repo, *operations: revisions.Operation, by=None) -> revisions.Committed:
    by = by or repo.created_by
    return revisions.commit(repo, author=by, operations=operations, summary="files")


def stores(repo: Repo, size: int) -> None:
    """Let the repo's owner store that many bytes already."""
    now = db_now()
    blob = Blob.objects.create(sha256=f"{repo.pk:064x}", size=size, created_at=now)
    RepoBlob.objects.create(
        repo=repo, blob=blob, charged=repo.namespace, pushed_at=now, linked_at=now
    )


# --- quotas -------------------------------------------------------------------------------------
@pytest.fixture(params=["person", "organisation"])
def full(request, maker) -> Repo:
    """A repo whose owner stores 1 MB less than allowed."""
    if request.param == "person":
        repo = make_repo(maker)
    else:
        circle = OrganisationFactory()
        MembershipFactory(organisation=circle, person=maker, role=Role.OWNER)
        repo = make_repo(maker, namespace=circle.namespace)
    stores(repo, quotas.allowed(repo.namespace) - quotas.used(repo.namespace) - MB)
    return repo


def test_a_full_quota_refuses_large_uploads_with_its_numbers(full) -> None:
    with pytest.raises(QuotaReached) as refused:
        uploads.offers(full, full.created_by, [Content("0" * 64, 2 * MB)])
    assert refused.value.status == 413
    assert f"“{full.namespace.name}” stores" in str(refused.value)
    assert uploads.offers(full, full.created_by, [Content("0" * 64, MB // 2)]) != [None]


def test_a_full_quota_refuses_commits_of_content_but_none_that_removes(full) -> None:
    commit(full, AddFile("small.txt", b"x" * 1000))
    with pytest.raises(QuotaReached):
        commit(full, AddFile("large.txt", b"x" * 2 * MB))
    assert Com.objects.filter(repo=full).count() == 2
    Blob.objects.update(size=quotas.allowed(full.namespace) + MB)
    assert commit(full, revisions.DeletePath("small.txt")).changed
    assert Com.objects.filter(repo=full).count() == 3


def test_a_full_quota_refuses_the_browsers_upload_in_its_form(full, client: Client) -> None:
    client.force_login(full.created_by)
    files = [SimpleUploadedFile("large.bin", b"\0" * 2 * MB)]
    page = client.post(f"{full.path}/upload", {"files": files, "folder": "", "summary": ""})
    assert page.status_code == 422
    assert "stores" in page.content.decode()
    assert Com.objects.filter(repo=full).count() == 1
    assert RepoBlob.objects.filter(repo=full).count() == 1


def test_a_guest_pays_for_their_own_proposal(full, outsider) -> None:
    proposed = revisions.commit(
        full, author=outsider, operations=[AddFile("large.txt", b"x" * 2 * MB)],
        summary="a proposal", create_pr=True,
    )  # fmt: skip
    assert proposed.pr_number == 1
    assert RepoBlob.objects.filter(charged=outsider.namespace).count() == 1


def test_small_files_of_a_guest_are_the_guests_too(full, outsider) -> None:
    """Nobody can fill the quota of somebody else with proposals."""
    before = quotas.used(full.namespace)
    proposal = [AddFile(f"{n}.txt", b"%d" % n) for n in range(50)]
    done = revisions.commit(
        full, author=outsider, operations=proposal, summary="many", create_pr=True
    )
    assert quotas.used(full.namespace) == before
    brought = quotas.used(outsider.namespace)
    assert brought > 50 * 10  # each a zlib stream
    more = [AddFile("more.txt", b"more")]
    ref = f"refs/pr/{done.pr_number}"
    revisions.commit(full, author=outsider, operations=more, summary="more", ref=ref)
    assert quotas.used(full.namespace) == before
    assert quotas.used(outsider.namespace) > brought
    repos.delete(full, by=full.created_by)
    assert quotas.used(outsider.namespace) == 0


def test_two_uploads_that_were_promised_the_same_room_do_not_both_get_it(full) -> None:
    half = MB * 3 // 4
    contents = [bytes([n]) * half for n in range(2)]
    announced = [Content(hashlib.sha256(content).hexdigest(), half) for content in contents]
    for one in announced:
        assert uploads.offers(full, full.created_by, [one]) != [None]
    first, second = Upload.objects.order_by("created_at", "pk")
    uploads.receive(first, announced[0], BytesIO(contents[0]))
    uploads.receive(first, announced[0], BytesIO(contents[0]))  # the same again takes no more
    with pytest.raises(QuotaReached):
        uploads.receive(second, announced[1], BytesIO(contents[1]))
    assert not RepoBlob.objects.filter(repo=full, blob=announced[1].sha256).exists()


def test_two_xet_files_at_once_do_not_take_the_same_room(committed_db, maker, monkeypatch) -> None:
    """Each fits alone. Whoever asks second asks when the first has it."""
    repo = make_repo(maker)
    stores(repo, quotas.allowed(repo.namespace) - quotas.used(repo.namespace) - MB)
    contents = [os.urandom(MB * 3 // 4) for _ in range(2)]
    asked, check = threading.Barrier(2), quotas.check

    def slowly(namespace: Namespace, extra: int) -> None:
        check(namespace, extra)
        if extra:  # both would be past the question, if nobody waited
            with suppress(threading.BrokenBarrierError):
                asked.wait(1)

    monkeypatch.setattr(quotas, "check", slowly)

    def sent(content: bytes) -> bool:
        try:
            send(Repo.objects.select_related("namespace").get(pk=repo.pk), maker, content)
        except QuotaReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sent, contents)) == [False, True]
    assert quotas.used(repo.namespace) <= quotas.allowed(repo.namespace)
    assert RepoBlob.objects.filter(repo=repo, linked_at=None).count() == 1


# --- the free-disk floor ------------------------------------------------------------------------
def test_below_the_floor_nothing_comes_in_and_everything_goes_out(maker, store, monkeypatch):
    repo = make_repo(maker, files={"a.txt": b"here before"})
    monkeypatch.setattr(store, "free_floor", 2**62)
    announced = Content("0" * 64, 10)
    for deed in (
        lambda: uploads.offers(repo, maker, [announced]),
        lambda: store.receive(BytesIO(b"bytes"), expect_size=5),
        lambda: commit(repo, AddFile("b.txt", b"new")),
    ):
        with pytest.raises(DiskFull) as refused:
            deed()
        assert refused.value.status == 507
    assert revisions.read(revisions.entry(revisions.resolve(repo), "a.txt")) == b"here before"
    assert commit(repo, revisions.DeletePath("a.txt")).changed


# --- a disk that is full ------------------------------------------------------------------------
@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse to write beyond `size` bytes of any file (SIGXFSZ is ignored)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_under_an_upload_leaves_nothing_half(store: LocalStore) -> None:
    data = b"\1" * 3 * 2**20
    with files_of_at_most(2**20), pytest.raises(DiskFull) as refused:
        store.receive(BytesIO(data))
    assert refused.value.status == 507
    assert not any(path.is_file() for path in store.root.rglob("*"))
    assert store.receive(BytesIO(data)).size == len(data)  # freed space is all it needs


def test_a_disk_that_fills_under_a_commit_leaves_nothing_half(maker, store) -> None:
    repo = make_repo(maker, files={"a.txt": b"here before"})
    counts = [model.objects.count() for model in (Com, Obj, RepoBlob)]
    with files_of_at_most(2**20), pytest.raises(DiskFull):
        commit(repo, AddFile("b.txt", b"b"), AddFile("large.txt", b"x" * 2 * 2**20))
    assert [model.objects.count() for model in (Com, Obj, RepoBlob)] == counts
    assert not any(path.is_file() for path in store.root.rglob("*"))
    objects.forget()
    assert revisions.read(revisions.entry(revisions.resolve(repo), "a.txt")) == b"here before"
    assert commit(repo, AddFile("large.txt", b"x" * 2 * 2**20)).changed


def test_a_database_without_room_refuses_a_commit_and_still_reads(committed_db, maker) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL cannot be told to be full; its words are tested below")
    repo = make_repo(maker, files={"a.txt": b"here before"})
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OperationalError) as full, transaction.atomic():
        commit(repo, *(AddFile(f"{n}.txt", bytes([n]) * 40_000) for n in range(100)))
    assert isinstance(for_full_disk(full.value), NoSpace)
    objects.forget()
    assert revisions.read(revisions.entry(revisions.resolve(repo), "a.txt")) == b"here before"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    assert commit(repo, AddFile("b.txt", b"room again")).changed


@pytest.mark.parametrize("door", [refusals, sandboxed, answer_refusals])
@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        OperationalError("database or disk is full"),
        OperationalError('could not extend file "base/1/2": No space left on device'),
    ],
)
def test_every_door_answers_507_for_a_full_disk(door, error, settings) -> None:
    request = RequestFactory().get("/api/models/x/y", headers={"accept": "application/json"})
    response = door(lambda request: None).process_exception(request, error)
    assert response.status_code == 507
    assert (
        door(lambda r: None).process_exception(request, OperationalError("no such table")) is None
    )


def test_the_errors_are_the_databases_own() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError, match="database or disk is full"):
            for number in range(99):
                database.execute(f"CREATE TABLE t{number} (a)")
