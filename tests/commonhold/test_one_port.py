"""`--one-port`: members' bytes behind the pages' port, in a pool that leaves threads to pages."""

import contextlib
import hashlib
import os
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.hub import ask
from portal.site.one_port import capped
from tests.support.server import Server
from tests.support.work import until

PLACES = 3
BYTES = 24 * 2**20  # more than the sockets of both ends hold


class Answered(list):
    """An answer as WSGI gives it."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_place_is_taken_until_the_answer_is_closed():
    told: list[str] = []
    door = capped(lambda environ, start: Answered([b"x"]), 2)

    def start_response(status, headers):
        told.append(status)

    first, second = door({}, start_response), door({}, start_response)
    assert b"".join(door({}, start_response)).startswith(b"Too many")
    assert told == ["503 Service Unavailable"]
    first.close()
    first.close()  # a server may: it is one place all the same
    assert first.closed == 2
    third = door({}, start_response)
    assert list(third) == [b"x"]
    assert b"".join(door({}, start_response)).startswith(b"Too many")
    second.close()
    third.close()


def test_a_failure_gives_its_place_back():
    def fails(environ, start_response):
        raise RuntimeError

    door = capped(fails, 1)
    for _attempt in range(3):
        with pytest.raises(RuntimeError):
            door({}, lambda *_: None)


@pytest.fixture
def server(portal_template: Path, tmp_path: Path) -> Iterator[Server]:
    """One gunicorn process of eight threads that serves both sides."""
    folder = shutil.copytree(portal_template, tmp_path / "data")
    running = Server(folder)
    running.extra = {
        "COMMONHOLD_CONTENT_URL": running.url,
        "COMMONHOLD_ONE_PORT_TRANSFERS": str(PLACES),
    }
    running.spawn("both", running.port)
    try:
        running.wait_for(running.port)
        yield running
    finally:
        running.stop()


def uploaded(server: Server) -> str:
    """Upload a large file; return the address of its bytes."""
    token = server.people.maker.write_token
    with contextlib.closing(HTTPConnection("localhost", server.port)) as connection:
        return _uploaded(server, connection, token)


def _uploaded(server: Server, connection: HTTPConnection, token: str) -> str:
    ask(connection, "POST", "/api/repos/create", token, {"name": "big"})
    content = os.urandom(2**20) * (BYTES // 2**20)
    oid = hashlib.sha256(content).hexdigest()
    offer = {"operation": "upload", "objects": [{"oid": oid, "size": BYTES}]}
    told = ask(connection, "POST", "/maker/big.git/info/lfs/objects/batch", token, offer)
    href = told["objects"][0]["actions"]["upload"]["href"]
    assert href.startswith(f"{server.url}/uploads/")
    connection.request("PUT", href.removeprefix(server.url), content)
    assert connection.getresponse().read() == b""
    lines = (
        '{"key":"header","value":{"summary":"big"}}\n'
        '{"key":"lfsFile","value":{"path":"big.bin","algo":"sha256",'
        f'"oid":"{oid}","size":{BYTES}}}}}\n'
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/api/models/maker/big/commit/main", lines, headers)
    committed = connection.getresponse()
    assert committed.status == 200, committed.read()
    committed.read()
    connection.request("HEAD", "/maker/big/resolve/main/big.bin", headers=headers)
    return connection.getresponse().headers["Location"]


def slow_download(address: str) -> socket.socket:
    """Ask for the bytes and read only the first of them."""
    parts = urlsplit(address)
    client = socket.create_connection(("127.0.0.1", parts.port), timeout=30)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{parts.port}\r\n\r\n".encode())
    return client


@pytest.mark.slow
def test_slow_downloads_cannot_pin_all_threads_of_the_pages(server: Server):
    address = uploaded(server)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(slow_download(address)) for _number in range(20)]
        first_lines = [client.recv(12).decode() for client in clients]
        assert first_lines.count("HTTP/1.1 200") == PLACES
        assert first_lines.count("HTTP/1.1 503") == 20 - PLACES
        for _page in range(10):
            with urllib.request.urlopen(server.url, timeout=20) as page:
                assert page.status == 200
    assert until(lambda: begins(address), 20)  # the places come back with their clients


def begins(address: str) -> bool:
    with slow_download(address) as client:
        return client.recv(12) == b"HTTP/1.1 200"
