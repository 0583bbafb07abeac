"""A flipped bit is found, named with the revisions it touches, and mended by sending it again."""

import os

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_lfs, make_repo
from tests.support.xet import send, smaller

pytestmark = pytest.mark.django_db


@pytest.fixture
def content():
    return os.urandom(150_000)


@pytest.fixture
def repo(maker):
    return make_repo(maker)


def commit(repo, maker, operation):
    from models_registry import revisions

    committed = revisions.commit(repo, author=maker, operations=[operation], summary="weights")
    return committed.oid


def flip(path, at=777):
    raw = bytearray(path.read_bytes())
    raw[at] ^= 4
    path.chmod(0o600)
    path.write_bytes(raw)


def test_what_is_sound_passes(repo, maker, content, capsys):
    commit(repo, maker, send(repo, maker, content)("w.bin"))
    call_command("scrub")
    assert "All is as it was stored." in capsys.readouterr().out


def test_a_flipped_bit_in_a_xorb_is_found_named_and_mended(repo, maker, content, capsys):
    from models_registry.models import Xorb
    from models_registry.storage import xorb_store
    from portal.events.models import Event

    oid = commit(repo, maker, send(repo, maker, content)("w.bin"))
    flip(xorb_store.path(Xorb.objects.get().hash))
    with pytest.raises(CommandError, match="1 of them"):
        call_command("scrub", "--dry-run")
    assert Xorb.objects.get().damaged_at is None
    with pytest.raises(CommandError, match="1 of them"):
        call_command("scrub")
    assert f"{repo.full_name}@{oid}" in capsys.readouterr().out
    assert Xorb.objects.get().damaged_at is not None
    event = Event.objects.get(kind="registry:content:damaged")
    assert repo.full_name not in str(event.body)
    send(repo, maker, content)
    assert Xorb.objects.get().damaged_at is None
    call_command("scrub")


def test_what_is_mended_may_be_packed_in_another_way(repo, maker):
    """Whoever had read where the chunks lay reads it again."""
    from models_registry.models import Blob, Xorb
    from models_registry.storage import opened, xorb_store

    content = b"much the same, " * 10_000
    commit(repo, maker, send(repo, maker, content)("w.bin"))
    name = Xorb.objects.get().hash
    before = xorb_store.index(name)
    flip(xorb_store.path(name))
    with pytest.raises(CommandError):
        call_command("scrub")
    send(repo, maker, content, pack=smaller)
    assert xorb_store.index(name).packed_size < before.packed_size
    assert Xorb.objects.get().size == xorb_store.path(name).stat().st_size
    with opened(Blob.objects.get().sha256) as file:
        assert file.read() == content
    call_command("scrub")


def test_a_flipped_bit_in_an_index_is_found(repo, maker, content):
    from models_registry.models import Xorb
    from models_registry.storage import xorb_store

    commit(repo, maker, send(repo, maker, content)("w.bin"))
    flip(xorb_store.index_path(Xorb.objects.get().hash), at=-3)
    with pytest.raises(CommandError):
        call_command("scrub")


def test_a_flipped_bit_in_a_whole_file_is_found_and_set_aside(repo, maker, content, capsys):
    from models_registry.storage import store

    operation = make_lfs(repo, maker, content)("w.bin")
    oid = commit(repo, maker, operation)
    flip(store.path(operation.sha256))
    with pytest.raises(CommandError):
        call_command("scrub")
    assert f"{repo.full_name}@{oid}" in capsys.readouterr().out
    assert not store.has(operation.sha256)
    assert (store.root / "damaged" / operation.sha256).exists()
