"""A file that came by LFS gets its chunks: the client's own, each stored once."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from portal.clock import shifted
from tests.factories import make_lfs, make_repo
from tests.support.work import Quiet
from tests.support.xet import send

pytestmark = pytest.mark.db
HASH = "import hf_xet, sys; print(hf_xet.hash_files([sys.argv[1]])[0].hash)"


@pytest.fixture
def repo(maker):
    return make_repo(maker)


def commit(repo, maker, operation) -> str:
    from models_registry import revisions

    revisions.commit(repo, author=maker, operations=[operation], summary="weights")
    return operation.sha256


def by_lfs(repo, maker, content, path="w.bin") -> str:
    return commit(repo, maker, make_lfs(repo, maker, content)(path))


def chunked() -> int:
    from models_registry.xet import chunking

    return sum(chunking.into_chunks(blob) for blob in chunking.next_files(10))


def read(sha256) -> bytes:
    from models_registry.storage import opened

    with opened(sha256) as file:
        return file.read()


def test_it_has_the_hash_that_clients_give_it(repo, maker, tmp_path):
    from models_registry.formats.xet.hashes import to_text
    from models_registry.models import XetFile

    content = os.urandom(700_000) + b"text, and more text\n" * 20_000
    (tmp_path / "w.bin").write_bytes(content)
    words = [sys.executable, "-c", HASH, str(tmp_path / "w.bin")]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    sha256 = by_lfs(repo, maker, content)
    assert chunked() == 1
    assert to_text(XetFile.objects.get(blob=sha256).hash) == told.stdout.strip()


def test_listings_name_its_chunks_and_the_whole_file_goes(repo, maker):
    from models_registry import revisions
    from models_registry.storage import store
    from models_registry.xet import chunking

    content = os.urandom(300_000)
    sha256 = by_lfs(repo, maker, content)
    assert revisions.entry(revisions.resolve(repo), "w.bin").xet is None
    assert chunked() == 1
    assert revisions.entry(revisions.resolve(repo), "w.bin").xet is not None
    assert list(chunking.drop_whole_files()) == []  # downloads may be under way
    with shifted(dt.timedelta(hours=2)):
        assert list(chunking.drop_whole_files()) == [len(content)]
    assert not store.has(sha256)
    assert read(sha256) == content
    assert chunked() == 0


def test_what_is_stored_already_is_not_stored_again(repo, maker):
    from models_registry.models import Xorb

    base = os.urandom(900_000)
    commit(repo, maker, send(repo, maker, base)("base.bin"))
    before = sum(Xorb.objects.values_list("raw_size", flat=True))
    by_lfs(repo, maker, base + os.urandom(100_000), "copy.bin")
    by_lfs(repo, maker, base + os.urandom(90_000), "again.bin")
    assert chunked() == 2
    stored = sum(Xorb.objects.values_list("raw_size", flat=True)) - before
    # `send` cuts elsewhere than clients do: the first copy is new, of the second only its end.
    assert stored < 1_000_000 + 90_000 + 2 * 131_072


def test_what_no_commit_named_is_left_alone(repo, maker):
    make_lfs(repo, maker, os.urandom(100_000))
    assert chunked() == 0


def test_damaged_bytes_are_not_said_to_be_the_file(repo, maker):
    from models_registry.models import XetFile
    from models_registry.storage import store

    sha256 = by_lfs(repo, maker, os.urandom(200_000))
    path = store.path(sha256)
    raw = bytearray(path.read_bytes())
    raw[77] ^= 1
    path.chmod(0o600)
    path.write_bytes(raw)
    assert chunked() == 0
    assert not XetFile.objects.exists()


def test_it_can_be_sent_whole_again(repo, maker):
    """Between its chunks and its row nothing is missing: who sends it once more is not refused."""
    from models_registry.storage import store

    content = os.urandom(150_000)
    sha256 = by_lfs(repo, maker, content)
    chunked()
    store.delete(sha256)
    other = make_repo(maker, name="other")
    assert by_lfs(other, maker, content) == sha256
    assert read(sha256) == content


def test_the_job_does_it(repo, maker):
    from models_registry.models import XetFile
    from models_registry.xet import jobs as xet_jobs

    by_lfs(repo, maker, os.urandom(100_000))
    assert xet_jobs.chunk_files(Quiet()) == {"files": 1, "damaged": 0}
    assert XetFile.objects.count() == 1


def test_the_command_tells_and_does(repo, maker, capsys):
    from django.core.management import call_command

    by_lfs(repo, maker, os.urandom(100_000))
    call_command("chunk_files", "--dry-run")
    call_command("chunk_files")
    call_command("chunk_files")
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines() if "wait" in line] == ["1", "1", "0"]
    assert "1 of 1" in said.err
