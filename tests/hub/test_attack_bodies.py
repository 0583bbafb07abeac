"""Bodies and queries meant to break or to leak; races. Rows 31, 32 and 42."""

import base64
import gzip
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

HEADER = {"key": "header", "value": {"summary": "m"}}


@pytest.fixture(scope="module", autouse=True)
def repo(as_person: Callable[..., HubClient]) -> None:
    as_person("maker").call("HfApi().create_repo('bodies')")


@pytest.fixture
def headers(portal_server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {portal_server.people.maker.write_token}"}


def add(path: str, content: bytes = b"a") -> dict:
    encoded = base64.b64encode(content).decode()
    return {"key": "file", "value": {"path": path, "content": encoded, "encoding": "base64"}}


def commit(server: Server, headers: dict[str, str], body: object, **more: str) -> httpx2.Response:
    if isinstance(body, list):
        body = "\n".join(json.dumps(line) for line in body).encode()
    return httpx2.post(
        f"{server.url}/api/models/maker/bodies/commit/main",
        content=body,
        headers=headers | {"Content-Type": "application/x-ndjson"} | more,
        timeout=120,
    )


def head(server: Server) -> str:
    return httpx2.get(f"{server.url}/api/models/maker/bodies").json()["sha"]


BAD_BODIES = {
    "empty": b"",
    "no header": [add("x")],
    "two headers": [HEADER, HEADER, add("x")],
    "bad line mid-way": "\n".join([json.dumps(HEADER), json.dumps(add("x")), "{"]).encode(),
    "not an object": [HEADER, ["file"]],
    "deep": json.dumps(HEADER).encode() + b'\n{"key":"file","value":' + b"[" * 100_000,
    "not utf-8": json.dumps(HEADER).encode() + b"\n\xff\xfe",
    "unknown key": [HEADER, {"key": "symlink", "value": {"path": "x", "target": "/etc/passwd"}}],
    "bad base64": [HEADER, {"key": "file", "value": {"path": "x", "content": "@@"}}],
    "no path": [HEADER, {"key": "file", "value": {"content": ""}}],
    "path is a list": [HEADER, {"key": "deletedFile", "value": {"path": ["a"]}}],
    "other hash": [HEADER, {"key": "lfsFile", "value": {"path": "x", "algo": "md5", "oid": "0"}}],
    "bad parent": [{"key": "header", "value": {"summary": "m", "parentCommit": "a;b"}}, add("x")],
    "no summary": [{"key": "header", "value": {"summary": " "}}, add("x")],
    "summary is a number": [{"key": "header", "value": {"summary": 5}}, add("x")],
    "lone surrogate": b'{"key":"header","value":{"summary":"\\ud800"}}',
}  # fmt: skip


@pytest.mark.attack(31)
@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_commit_changes_nothing(
    portal_server: Server, headers: dict[str, str], name: str
) -> None:
    before = head(portal_server)
    answer = commit(portal_server, headers, BAD_BODIES[name])
    assert answer.status_code == 400, answer.text[:300]
    assert head(portal_server) == before


@pytest.mark.attack(31)
def test_a_file_beyond_the_limit(portal_server: Server, headers: dict[str, str]) -> None:
    before = head(portal_server)
    answer = commit(portal_server, headers, [HEADER, add("x", b"\0" * (11 * 2**20))])
    assert answer.status_code == 413
    assert "LFS" in answer.json()["error"]
    assert head(portal_server) == before


@pytest.mark.attack(31)
def test_a_line_without_end(portal_server: Server, headers: dict[str, str]) -> None:
    answer = commit(portal_server, headers, b'{"key":"' + b"x" * (60 * 2**20))
    assert answer.status_code == 413


@pytest.mark.attack(31)
def test_too_many_operations(portal_server: Server, headers: dict[str, str]) -> None:
    line = json.dumps({"key": "deletedFile", "value": {"path": "a"}}).encode() + b"\n"
    body = json.dumps(HEADER).encode() + b"\n" + line * 200_000
    assert commit(portal_server, headers, body).status_code == 413


@pytest.mark.attack(31)
def test_compressed_bodies_are_not_opened(portal_server: Server, headers: dict[str, str]) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    answer = commit(portal_server, headers, bomb, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 415


@pytest.mark.attack(31)
def test_the_author_is_who_the_token_says(portal_server: Server, headers: dict[str, str]) -> None:
    spoof = {"summary": "m", "author": "admin <admin@example.org>", "date": "1970-01-01"}
    body = [{"key": "header", "value": spoof}, add("spoof.txt")]
    assert commit(portal_server, headers, body).status_code == 200
    commits = httpx2.get(f"{portal_server.url}/api/models/maker/bodies/commits/main").json()
    assert commits[0]["authors"] == [{"user": "maker"}]
    assert not commits[0]["date"].startswith("1970")


@pytest.mark.attack(31, 42)
def test_a_cut_upload_leaves_nothing(portal_server: Server, headers: dict[str, str]) -> None:
    before = head(portal_server)
    lines = [
        "POST /api/models/maker/bodies/commit/main HTTP/1.1",
        f"Host: localhost:{portal_server.port}",
        f"Authorization: {headers['Authorization']}",
        "Content-Type: application/x-ndjson",
        "Content-Length: 100000",
    ]
    body = "\n".join(json.dumps(line) for line in (HEADER, add("cut.txt"))) + "\n"
    with socket.create_connection(("127.0.0.1", portal_server.port)) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    assert head(portal_server) == before


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "query",
    ["author__password__startswith=p", "namespace__person__password__startswith=p",
     "filter=a&filter__in=b", "sort=password", "sort=-namespace__person__email", "sort=?",
     "sort=downloads;drop", "cursor=AAAA", "cursor=W10=", "cursor=%00", "limit=-1", "limit=x",
     "limit=1e9", "direction=1 or 1", "search=%25", "search=%00", "expand=password&expand=__dict__",
     "gated=maybe", "limit=999999999999999999999"],
)  # fmt: skip
def test_a_query_asks_only_what_lists_know(portal_server: Server, query: str) -> None:
    answer = httpx2.get(f"{portal_server.url}/api/models?{query}")
    assert answer.status_code in (200, 400), answer.text
    assert "password" not in answer.text.lower() or answer.status_code == 400
    assert "@example.org" not in answer.text


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    ("asked", "status"),
    [("bytes=0-0,1-1,2-2", 200), ("bytes=" + ",".join(f"{n}-" for n in range(500)), 200),
     ("bytes=5-1", 200), ("bytes=999999-", 416), ("bytes=-0", 416), ("lines=1-2", 200),
     ("bytes=0-3", 206), ("bytes=-4", 206), ("bytes=99999999999999999999-", 200)],
)  # fmt: skip
def test_ranges_are_one_or_none(portal_server: Server, asked: str, status: int) -> None:
    url = f"{portal_server.url}/maker/bodies/resolve/main/.gitattributes"
    answer = httpx2.get(url, headers={"Range": asked})
    assert answer.status_code == status
    if status == 206:
        assert len(answer.content) == 4
    if status == 416:
        assert answer.headers["Content-Range"].startswith("bytes */")


@pytest.mark.attack(42)
def test_one_of_many_wins_with_the_same_parent(
    portal_server: Server, headers: dict[str, str]
) -> None:
    parent = head(portal_server)
    value = {"summary": "race", "parentCommit": parent}

    def race(number: int) -> int:
        return commit(
            portal_server, headers, [{"key": "header", "value": value}, add(f"race-{number}")]
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(race, range(8)))
    assert statuses == [200] + [412] * 7


@pytest.mark.attack(42)
def test_all_of_many_land_without_a_parent(portal_server: Server, headers: dict[str, str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = pool.map(
            lambda n: commit(portal_server, headers, [HEADER, add(f"all-{n}")]).status_code,
            range(8),
        )
        assert list(done) == [200] * 8
    info = httpx2.get(f"{portal_server.url}/api/models/maker/bodies").json()
    names = {sibling["rfilename"] for sibling in info["siblings"]}
    assert {f"all-{n}" for n in range(8)} <= names


@pytest.mark.attack(42)
def test_one_of_many_creates_the_repo(portal_server: Server, headers: dict[str, str]) -> None:
    def create(_number: int) -> int:
        return httpx2.post(
            f"{portal_server.url}/api/repos/create", json={"name": "contested"}, headers=headers
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == [200] + [409] * 7


@pytest.mark.attack(42)
def test_a_repo_deleted_while_it_is_written(
    portal_server: Server, headers: dict[str, str], server_database: Callable
) -> None:
    """Each commit lands before the end or is told that there is no such repo; nothing is left."""
    made = httpx2.post(
        f"{portal_server.url}/api/repos/create", json={"name": "fleeting"}, headers=headers
    )
    assert made.status_code == 200

    def write(number: int) -> int:
        lines = "\n".join(json.dumps(line) for line in (HEADER, add(f"f{number}")))
        return httpx2.post(
            f"{portal_server.url}/api/models/maker/fleeting/commit/main?create_pr={number % 2}",
            content=lines,
            headers=headers | {"Content-Type": "application/x-ndjson"},
            timeout=60,
        ).status_code

    def end(_number: int) -> int:
        return httpx2.request(
            "DELETE",
            f"{portal_server.url}/api/repos/delete",
            json={"name": "fleeting"},
            headers=headers,
            timeout=60,
        ).status_code

    deeds = [write] * 6 + [end] + [write] * 6 + [end]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda pair: pair[1](pair[0]), enumerate(deeds)))
    assert sorted([done[6], done[-1]]) == [200, 404]
    assert set(done[:6] + done[7:-1]) <= {200, 404}, portal_server.logs()
    assert httpx2.get(f"{portal_server.url}/api/models/maker/fleeting").status_code == 401
    from models_registry.models import Com, Ref, Repo

    with server_database():
        assert not Repo.objects.filter(key="maker/fleeting").exists()
        assert not Com.objects.exclude(repo__in=Repo.objects.all()).exists()
        assert not Ref.objects.exclude(repo__in=Repo.objects.all()).exists()


@pytest.mark.attack(32)
def test_pages_and_the_rest_api_ask_only_what_they_know(
    portal_server: Server, headers: dict[str, str]
) -> None:
    """A look into other columns, through joins, orders by them, places in a list that are none."""
    queries = [
        "person__password__startswith=p", "username__startswith=m", "email=maker@example.org",
        "ordering=password", "order_by=-email", "sort=person__password", "sort=-email", "page=0",
        "page=-1", "page=x", "page=99999999999999999999999", "page_size=999999999", "limit=-5",
        "cursor=AAAA", "after=%00", "q=%00", "subject=%00", "start=-1", "start=x", "licence='--",
    ]  # fmt: skip
    doors = ["/models", "/datasets", "/search", "/log", "/leaderboards/", "/api/v1/people",
             "/api/v1/organisations", "/api/v1/submissions", "/api/v1/log/entries"]  # fmt: skip
    plain = {door: httpx2.get(portal_server.url + door).status_code for door in doors}
    assert set(plain.values()) == {200}, plain
    for door in doors:
        for query in queries:
            answer = httpx2.get(f"{portal_server.url}{door}?{query}")
            assert answer.status_code in (200, 400, 404), (door, query, answer.status_code)
            seen = answer.text.replace("maker@example.org", "", 4 if "email=" in query else 0)
            assert "@example.org" not in seen and "pbkdf2" not in seen, (door, query)
