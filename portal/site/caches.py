"""What the processes of one portal count together: rate limits and codes that were used once.

The broker's Valkey or Redis keeps it, in the database beside the broker's own. While it does not
answer, each process counts for itself: a limit that is too generous for a moment is better than a
portal in which nobody can sign in. Values are JSON, since whoever writes to the broker must not
run code in the web process.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REST_SECONDS = 5.0  # in which a server that did not answer is not asked again
ANSWER_SECONDS = 1.0


def address_beside(broker_url: str) -> str:
    """Return the address of the Redis database after the broker's, or "" where there is none."""
    parts = urlsplit(broker_url)
    if parts.scheme == "redis+socket":
        used = parse_qs(parts.query).get("virtual_host", ["0"])[0]
        return f"unix://{parts.path}?db={_next(used)}"
    if parts.scheme in {"redis", "rediss"}:
        return parts._replace(path=f"/{_next(parts.path.strip('/'))}").geturl()
    return ""


def _next(database: str) -> int:
    return int(database) + 1 if database.isdecimal() else 1


def configured(broker_url: str, wanted: str) -> dict[str, dict[str, Any]]:
    """Return Django's CACHES; `wanted` is an address, `local`, or "" for what the broker has.

    `local` is each process's own memory: for what is large and can be made anew.
    """
    own = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"}
    address = "" if wanted == "local" else wanted or address_beside(broker_url)
    if not address:
        here = {"BACKEND": "portal.site.caches.PlainCache", "LOCATION": "default"}
        return {"default": here, "local": own}
    shared = {
        "BACKEND": "portal.site.caches.SharedCache",
        "LOCATION": address,
        "KEY_PREFIX": "commonhold",
        "OPTIONS": {
            "serializer": "portal.site.caches.Json",
            "socket_timeout": ANSWER_SECONDS,
            "socket_connect_timeout": ANSWER_SECONDS,
        },
    }
    return {"default": shared, "local": own}


class Json:
    """A serializer that knows plain values only. Whole numbers stay countable by the server."""

    def dumps(self, value: Any) -> bytes | int:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


class PlainCache(LocMemCache):
    """This process's memory in the server's place: it takes what the server would take."""

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        super().set(key, json.loads(json.dumps(value)), *args, **kwargs)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return super().add(key, json.loads(json.dumps(value)), *args, **kwargs)


def _or_here(name: str) -> Callable[..., Any]:
    """Return a method that asks the server, and this process's memory while it is away."""

    def asked(self: "SharedCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SharedCache.rests_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                logger.info("the shared cache does not answer: %s", error)
                SharedCache.rests_until = time.monotonic() + REST_SECONDS
        return getattr(self.here, name)(*args, **kwargs)

    return asked


class SharedCache(RedisCache):
    rests_until = 0.0  # of the whole process

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.here = PlainCache("beside-the-shared", {})

    add = _or_here("add")
    get = _or_here("get")
    set = _or_here("set")
    touch = _or_here("touch")
    delete = _or_here("delete")
    get_many = _or_here("get_many")
    has_key = _or_here("has_key")
    incr = _or_here("incr")
    set_many = _or_here("set_many")
    delete_many = _or_here("delete_many")
    clear = _or_here("clear")
