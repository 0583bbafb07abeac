"""Many at once, clients that vanish, a disk that is full: nothing lost, nothing half there."""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from models_registry.formats.xet import hashes, xorbs
from tests.hub.test_attack_xet import Cas, cas
from tests.support.server import Server, serving
from tests.support.xet import chunks_of, name_of, shard

AT_ONCE = 20


def make(server: Server, name: str) -> None:
    headers = {"Authorization": f"Bearer {server.people.maker.write_token}"}
    url = f"{server.url}/api/repos/create"
    assert httpx2.post(url, json={"name": name}, headers=headers, timeout=60).status_code == 200


def upload(server: Server, repo: str, path: str, content: bytes) -> int:
    """Send a file as the client does: xorb, shard, commit. Return the commit's status."""
    token = cas(server, "maker", f"maker/{repo}")
    contents = chunks_of(content)
    name = name_of(*contents)
    assert token.send_xorb(xorbs.packed(contents), name) == 200
    assert token.send_shard(shard(contents, new=name)) == {"type": "result", "result": 1}
    told = {"path": path, "algo": "sha256", "oid": hashlib.sha256(content).hexdigest()}
    lines = [
        {"key": "header", "value": {"summary": path}},
        {"key": "lfsFile", "value": told | {"size": len(content)}},
    ]
    return httpx2.post(
        f"{server.url}/api/models/maker/{repo}/commit/main",
        content="\n".join(map(json.dumps, lines)),
        headers={
            "Authorization": f"Bearer {server.people.maker.write_token}",
            "Content-Type": "application/x-ndjson",
        },
        timeout=120,
    ).status_code


@pytest.mark.parametrize("same", [True, False], ids=["the same file", "different files"])
def test_twenty_uploads_at_once(
    portal_server: Server, server_database: Callable, same: bool
) -> None:
    repo = f"at-once-{same}".lower()
    make(portal_server, repo)
    one = os.urandom(200_000)
    contents = [one if same else os.urandom(200_000) for _ in range(AT_ONCE)]

    def send(number: int) -> int:
        return upload(portal_server, repo, f"{number}.bin", contents[number])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(send, range(AT_ONCE))) == [200] * AT_ONCE
    with server_database():
        from models_registry import revisions
        from models_registry.models import Repo

        head = revisions.resolve(Repo.objects.get(name=repo))
        for number, content in enumerate(contents):
            with revisions.open_entry(revisions.entry(head, f"{number}.bin")) as file:
                assert file.read() == content


def incoming(server: Server) -> list[Path]:
    return [path for path in (server.data / "content" / "incoming").glob("*") if path.is_file()]


def test_a_client_that_vanishes_leaves_nothing(portal_server: Server) -> None:
    make(portal_server, "vanished")
    token = cas(portal_server, "maker", "maker/vanished")
    where = urlsplit(token.url)
    assert where.hostname and where.port
    head = (
        f"POST {where.path}/v1/xorbs/default/{'1' * 64} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Authorization: Bearer {token.token}\r\nContent-Length: 60000000\r\n\r\n"
    )
    before = set(incoming(portal_server))
    with socket.create_connection((where.hostname, where.port)) as line:
        line.sendall(head.encode() + bytes(5_000_000))
        assert until(lambda: set(incoming(portal_server)) != before)
    assert until(lambda: not set(incoming(portal_server)) - before)
    assert upload(portal_server, "vanished", "w.bin", os.urandom(100_000)) == 200


def until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def small_disk(portal_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A portal whose content lies on a disk of 16 MB of its own."""
    disk = tmp_path / "data" / "content"
    disk.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("only root can mount a disk")
    try:
        with serving(portal_template, tmp_path / "data", COMMONHOLD_FREE_FLOOR="0") as server:
            yield server
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, leave: int) -> Path:
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with contextlib.suppress(OSError):
        filler.write_bytes(bytes(max(free - leave, 0)))
    return filler


def test_a_full_disk_is_507_and_heals_by_itself(small_disk: Server) -> None:
    make(small_disk, "full")
    first = os.urandom(300_000)
    assert upload(small_disk, "full", "first.bin", first) == 200
    token: Cas = cas(small_disk, "maker", "maker/full")
    contents = chunks_of(os.urandom(3_000_000))
    raw, name = xorbs.packed(contents), name_of(*contents)
    filler = fill(small_disk.data / "content", leave=1_000_000)
    path = f"/v1/xorbs/default/{hashes.to_text(name)}"
    answer = token.ask("POST", path, raw)
    assert answer.status_code == 507
    assert "disk space" in answer.text
    assert not incoming(small_disk)
    url = f"{small_disk.url}/maker/full/resolve/main/first.bin"
    assert httpx2.get(url, follow_redirects=True).content == first  # reading goes on
    filler.unlink()
    assert token.ask("POST", path, raw).status_code == 200
    assert upload(small_disk, "full", "later.bin", b"".join(contents)) == 200
