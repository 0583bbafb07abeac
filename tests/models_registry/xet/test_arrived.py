"""Xorbs between their arrival and their shard: what was taken up stays what it was."""

import hashlib
import os
import threading
import time
from io import BytesIO

import pytest
from django.db import connection

from models_registry.formats.xet import xorbs
from tests.factories import make_repo
from tests.support.xet import chunks_of, name_of, shard, smaller

pytestmark = pytest.mark.db


@pytest.fixture
def grant(maker):
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    return Grant(Actor(maker), make_repo(maker), None)


@pytest.fixture
def contents():
    return chunks_of(os.urandom(150_000))


def send(grant, contents, name=None):
    from models_registry.xet import receiving

    raw = BytesIO(xorbs.packed(contents))
    return receiving.receive_xorb(grant, name or name_of(*contents), raw)


def accept(grant, raw):
    from models_registry.xet import receiving

    return list(receiving.accept_shard(grant, raw))


def stored(contents):
    from models_registry.storage import opened

    with opened(hashlib.sha256(b"".join(contents)).hexdigest()) as file:
        return file.read()


def waiting():
    from models_registry.storage import store

    return list((store.root / "arrivals").glob("*"))


def test_it_is_new_once(grant, contents):
    assert send(grant, contents)
    assert not send(grant, contents)


def test_nothing_waits_and_nothing_is_left_behind_once_the_shard_is_taken(grant, contents):
    from models_registry.storage import store

    send(grant, contents)
    assert len(waiting()) == 1
    accept(grant, shard(contents, new=name_of(*contents)))
    assert stored(contents) == b"".join(contents)
    assert not waiting()
    assert not list(store.incoming.glob("*"))


def test_its_sender_cannot_change_what_is_being_checked(grant, contents):
    """Junk that takes the xorb's place meanwhile has the same headers, and is not what is kept."""
    from models_registry.storage import xorb_store
    from models_registry.xet import receiving

    name = name_of(*contents)
    send(grant, contents)
    progress = receiving.accept_shard(grant, shard(contents, new=name))
    assert next(progress) == (1, 1)
    send(grant, [os.urandom(len(chunk)) for chunk in contents], name)
    list(progress)
    assert stored(contents) == b"".join(contents)
    with xorb_store.open(name, 0, 10**6) as file:
        assert file.read() == xorbs.packed(contents)


def test_two_shards_at_once_take_up_the_same_xorb(grant, contents):
    from models_registry.xet import receiving

    send(grant, contents)
    raw = shard(contents, new=name_of(*contents))
    first = receiving.accept_shard(grant, raw)
    assert next(first) == (1, 1)
    accept(grant, raw)
    list(first)
    assert stored(contents) == b"".join(contents)


def test_an_upload_that_is_given_up_keeps_what_waits(grant, contents):
    from models_registry.storage import store
    from models_registry.xet import receiving

    send(grant, contents)
    raw = shard(contents, new=name_of(*contents))
    progress = receiving.accept_shard(grant, raw)
    next(progress)
    progress.close()  # as a client does that goes away
    assert len(waiting()) == 1
    assert not list(store.incoming.glob("*"))
    accept(grant, raw)
    assert stored(contents) == b"".join(contents)


def test_what_is_stored_already_is_not_kept_twice(grant, contents, outsider):
    from models_registry.models import Xorb
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    raw = shard(contents, new=name_of(*contents))
    for each in (grant, Grant(Actor(outsider), make_repo(outsider), None)):
        send(each, contents)
        accept(each, raw)
    assert Xorb.objects.count() == 1
    assert not waiting()


def test_the_same_chunks_packed_in_another_way_replace_nothing(grant):
    """Others know where each chunk lies in the bytes that are here."""
    from models_registry.models import Xorb
    from models_registry.storage import xorb_store
    from models_registry.xet import receiving

    contents = chunks_of(b"much the same, " * 10_000)
    name = name_of(*contents)
    send(grant, contents)
    accept(grant, shard(contents, new=name))
    there = xorb_store.path(name).stat(), xorb_store.read_index(name), Xorb.objects.get()
    receiving.receive_xorb(grant, name, BytesIO(smaller(contents)))
    accept(grant, shard(contents, new=name))
    assert not waiting()
    found = xorb_store.path(name).stat(), xorb_store.read_index(name), Xorb.objects.get()
    assert (found[0].st_ino, *found[1:]) == (there[0].st_ino, *there[1:])
    assert found[2].size == found[0].st_size
    assert stored(contents) == b"".join(contents)


def test_each_chunk_of_a_xorb_is_checked_whichever_files_it_is_part_of(grant, contents):
    """A file that is known already is not hashed again: its chunks in a new xorb still are."""
    from models_registry.xet.receiving import BadShard

    send(grant, contents)
    accept(grant, shard(contents, new=name_of(*contents)))
    more = [*contents, os.urandom(1000)]
    name = name_of(*more)
    lying = [*contents[:-1], os.urandom(len(contents[-1])), more[-1]]
    send(grant, lying, name)
    with pytest.raises(BadShard, match="another hash"):
        accept(grant, shard(contents, xorb=name, new=name, holds=more))
    assert not waiting()


def test_of_two_packings_that_come_at_once_one_is_kept(committed_db, contents):
    """Or the index of one could lie beside the bytes of the other."""
    from models_registry.xet.recording import take_in

    name = name_of(*contents)
    index = xorbs.read(BytesIO(xorbs.packed(contents)), name)
    kept, both = [], threading.Barrier(2)

    def keep():
        kept.append(threading.get_ident())
        time.sleep(0.5)  # the other would be in here by now

    def come():
        both.wait(10)
        try:
            take_in(name, index, keep)
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
