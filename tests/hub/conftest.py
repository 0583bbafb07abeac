"""The real client against a real portal: each user is a process with a home of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.client import HubClient
from tests.support.server import Server, portal_server

__all__ = ["portal_server"]


@pytest.fixture(scope="session")
def as_person(portal_server: Server) -> Callable[[str], HubClient]:
    """Return the machine of somebody of the cast; the same one for the whole session."""
    machines: dict[str, HubClient] = {}

    def machine(name: str, role: str = "write") -> HubClient:
        token = getattr(getattr(portal_server.people, name), f"{role}_token")
        return machines.setdefault(name + role, HubClient(portal_server, token, xet=False))

    return machine


@pytest.fixture
def on_server(portal_server: Server, django_db_blocker) -> Iterator[None]:
    """Let the test look into the server's database, and do there what has no door yet."""
    with django_db_blocker.unblock(), portal_server.database():
        yield


@pytest.fixture(scope="session")
def server_database(portal_server: Server, django_db_blocker) -> Callable:
    """Like `on_server`, for fixtures of a wider scope: `with server_database(): ...`."""

    @contextmanager
    def opened() -> Iterator[None]:
        with django_db_blocker.unblock(), portal_server.database():
            yield

    return opened
