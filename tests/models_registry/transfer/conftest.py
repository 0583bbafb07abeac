"""A running portal, a repo of its maker's with one large file, and plain HTTP."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import override_settings

from tests.support.server import Server, portal_server

__all__ = ["portal_server"]

CONTENT = os.urandom(3_000_000)


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return self.headers.get(name)


def ask(method: str, url: str, body: Any = None, **headers: str) -> Answer:
    """Send one request exactly as given, follow nothing; `_` in a header's name is a dash."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = HTTPConnection(parts.hostname, parts.port, timeout=30)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, body=body, headers=named)
    response: HTTPResponse = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    connection.close()
    return answer


@pytest.fixture
def place(portal_server: Server, django_db_blocker, store) -> Iterator[SimpleNamespace]:
    """The test stands in the server's own database and store; `maker`, `outsider` are its people.

    `repo`: a fresh public repo with `weights.bin` (3 MB, LFS) and `notes/a.txt`.
    """
    from models_registry import revisions
    from models_registry.models import Repo
    from portal.people.models import Person
    from tests.factories import make_lfs, make_repo

    # The server's own key signs, so that what the test signs is what the server would have.
    key = (portal_server.data / "secrets" / "django").read_text().strip()
    with django_db_blocker.unblock(), portal_server.database(), override_settings(SECRET_KEY=key):
        people = {p.username: p for p in Person.objects.select_related("namespace")}
        maker = people["maker"]
        repo = make_repo(maker, f"t{Repo.objects.count()}", files={"notes/a.txt": b"hello\n"})
        operation = make_lfs(repo, maker, CONTENT)("weights.bin")
        revisions.commit(repo, author=maker, operations=[operation], summary="weights")
        repo.refresh_from_db()
        yield SimpleNamespace(repo=repo, server=portal_server, **people)


@pytest.fixture
def address(place) -> Callable[..., str]:
    """`address(person, path)` is the signed address of a file of `place.repo`."""
    from models_registry import revisions
    from models_registry.storage import content_address

    def signed(person, path: str = "weights.bin", **options) -> str:
        revision = revisions.resolve(place.repo, options.pop("rev", None))
        entry = revisions.entry(revision, path)
        return content_address(person, place.repo, entry, revision=revision, **options)

    return signed
