"""What processes count together, and what happens while the server that keeps it is away."""

import pytest

from portal.site import caches
from tests.factories import PASSWORD
from tests.support.work import kill, until, working


@pytest.mark.parametrize(
    ("broker", "cache"),
    [
        ("redis+socket:///run/valkey.sock", "unix:///run/valkey.sock?db=1"),
        ("redis+socket:///run/valkey.sock?virtual_host=3", "unix:///run/valkey.sock?db=4"),
        ("redis://:secret@cache:6379", "redis://:secret@cache:6379/1"),
        ("rediss://cache:6379/2", "rediss://cache:6379/3"),
        ("amqp://rabbit:5672//", ""),
        ("sentinel://one:26379", ""),
    ],
)
def test_it_stands_beside_the_brokers_own_database(broker: str, cache: str):
    assert caches.address_beside(broker) == cache
    chosen = caches.configured(broker, "")["default"]
    assert chosen["LOCATION"] == (cache or "default")
    assert caches.configured(broker, "local")["default"]["LOCATION"] == "default"


def shared(url: str) -> caches.SharedCache:
    config = caches.configured(url, "")["default"]
    return caches.SharedCache(config["LOCATION"], {**config, "OPTIONS": dict(config["OPTIONS"])})


@pytest.fixture
def _awake(monkeypatch):
    monkeypatch.setattr(caches.SharedCache, "rests_until", 0.0)


GUESSES = """
from django.test import Client
for _ in range(5):
    browser = Client(SERVER_NAME="localhost")
    browser.post("/accounts/login/", {"login": "maker", "password": "wrong"})
"""


@pytest.mark.db
def test_wrong_passwords_are_counted_over_all_processes(committed_db, maker, _awake):
    right = {"login": "maker", "password": PASSWORD}
    with working(committed_db) as work:
        work.broker()
        work.env |= {"COMMONHOLD_CACHE_URL": ""}
        assert work.python(GUESSES) == 0
        other = f"""
import sys
from django.test import Client
browser = Client(SERVER_NAME="localhost")
browser.post("/accounts/login/", {right!r})
sys.exit(9 if "_auth_user_id" in browser.session else 7)
"""
        assert work.python(other) == 7, "this process did not know of the guesses"
        work.env |= {"COMMONHOLD_CACHE_URL": "local"}
        assert work.python(other) == 9


@pytest.mark.db
def test_while_the_server_is_away_this_process_counts_for_itself(committed_db, _awake):
    with working(committed_db) as work:
        server = work.broker()
        cache = shared(work.url)
        cache.set("guesses", [1.5, 2.5])
        assert shared(work.url).get("guesses") == [1.5, 2.5]
        assert cache.add("once", True) and not shared(work.url).add("once", True)
        cache.set("count", 1)
        assert shared(work.url).incr("count") == 2
        kill(server)
        assert cache.get("guesses", []) == []
        assert cache.add("again", True) and not cache.add("again", True)
        work.broker()
        assert until(lambda: back(cache), 20)


def back(cache: caches.SharedCache) -> bool:
    """Say whether the server is asked again: it does not know what only this process was told."""
    caches.SharedCache.rests_until = 0.0
    return cache.add("again", True)


def test_it_never_reads_a_pickle():
    with pytest.raises(ValueError, match=r"codec|JSON|Expecting"):
        caches.Json().loads(b"\x80\x04\x95\x1d")
    with pytest.raises(TypeError):
        caches.Json().dumps(object())


def test_without_a_server_it_takes_what_a_server_would():
    cache = caches.PlainCache("plain", {})
    for keep in (cache.set, cache.add):
        with pytest.raises(TypeError):
            keep("key", object())
    cache.set("pair", (1, 2))
    assert cache.get("pair") == [1, 2]
