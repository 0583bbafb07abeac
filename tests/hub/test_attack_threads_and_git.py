"""The table of attacks at the doors of discussions and of git: rows 9 to 24, 31, 32 and 42."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from models_registry.formats.pkt_lines import DELIMITER, FLUSH, line
from tests.support.client import HubClient
from tests.support.raw import raw_request
from tests.support.server import Server

SECRET = "words that only members may read"
GATED, PRIVATE, OPEN = "maker/kept", "maker/closed", "maker/talk"
V2 = {"Git-Protocol": "version=2"}


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    for name, private in ((GATED, False), (PRIVATE, True), (OPEN, False)):
        client.call(f"HfApi().create_repo({name!r}, private={private})")
        client.call(
            f"HfApi().upload_file(path_or_fileobj={SECRET.encode()!r}, path_in_repo='s.txt', "
            f"repo_id={name!r})"
        )
        client.call(f"HfApi().create_discussion({name!r}, title='Between us')")
        client.call(
            f"HfApi().create_commit({name!r}, commit_message='propose', create_pr=True, "
            f"operations=[CommitOperationAdd('p.txt', {SECRET.encode()!r})])"
        )
    client.call(f"HfApi().update_repo_settings({GATED!r}, gated='manual')")
    return client


def bearer(server: Server, name: str = "outsider", role: str = "write") -> dict[str, str]:
    token = getattr(getattr(server.people, name), f"{role}_token")
    return {"Authorization": f"Bearer {token}"}


def fetch(server: Server, repo: str, want: str, headers: dict[str, str]) -> httpx2.Response:
    body = line("command=fetch\n") + DELIMITER + line(f"want {want}\n") + line("done\n") + FLUSH
    where = f"{server.url}/{repo}.git/git-upload-pack"
    return httpx2.post(where, content=body, headers=headers | V2)


def head(client: HubClient, repo: str, revision: str = "main") -> str:
    return client.call(f"HfApi().list_repo_commits({repo!r}, revision={revision!r})[0].commit_id")


# --- the gate -----------------------------------------------------------------------------------
@pytest.mark.attack(9, 10)
@pytest.mark.parametrize("revision", ["main", "refs/pr/2"])
def test_no_want_is_a_way_round_the_gate(
    portal_server: Server, maker: HubClient, revision: str
) -> None:
    want = head(maker, GATED, revision)
    for headers in ({}, bearer(portal_server), {"Range": "bytes=0-9"} | bearer(portal_server)):
        for repo in (GATED, GATED.upper(), f"models/{GATED}"):
            answer = fetch(portal_server, repo, want, headers)
            assert answer.status_code in (307, 401, 403, 404), repo
            assert b"PACK" not in answer.content and SECRET not in answer.text


@pytest.mark.attack(10, 13)
def test_a_proposal_tells_nobody_what_is_behind_the_gate(
    portal_server: Server, maker: HubClient
) -> None:
    where = f"{portal_server.url}/api/models/{GATED}/discussions/2"
    for path in (where, f"{where}?diff=1", f"{portal_server.url}/{GATED}/discussions/2/changes"):
        for headers in ({}, bearer(portal_server)):
            assert SECRET not in httpx2.get(path, headers=headers).text, path
    allowed = httpx2.get(f"{where}?diff=1", headers=bearer(portal_server, "maker"))
    assert SECRET in allowed.json()["diff"]


@pytest.mark.attack(11)
def test_a_withdrawn_permission_ends_at_the_next_request(
    portal_server: Server, maker: HubClient
) -> None:
    maker.call(f"HfApi().grant_access({GATED!r}, 'voter')")
    voter, want = bearer(portal_server, "voter", "read"), head(maker, GATED)
    assert b"PACK" in fetch(portal_server, GATED, want, voter).content
    diff = f"{portal_server.url}/api/models/{GATED}/discussions/2?diff=1"
    assert SECRET in httpx2.get(diff, headers=voter).text
    maker.call(f"HfApi().cancel_access_request({GATED!r}, 'voter')")
    assert fetch(portal_server, GATED, want, voter).status_code == 403
    assert SECRET not in httpx2.get(diff, headers=voter).text


# --- what is hidden -----------------------------------------------------------------------------
DOORS = [
    ("GET", "/api/models/{}/discussions/1"), ("GET", "/api/models/{}/discussions?p=0"),
    ("GET", "/{}.git/info/refs?service=git-upload-pack"),
    ("GET", "/{}/info/refs?service=git-receive-pack"),
    ("POST", "/api/models/{}/discussions"), ("POST", "/api/models/{}/discussions/1/comment"),
    ("POST", "/api/models/{}/discussions/1/merge"), ("POST", "/api/models/{}/discussions/1/title"),
    ("POST", "/api/models/{}/discussions/1/status"), ("POST", "/api/models/{}/duplicate"),
    ("POST", "/api/models/{}/lfs-files/duplicate"), ("POST", "/{}.git/git-upload-pack"),
    ("POST", "/{}.git/git-receive-pack"), ("POST", "/{}/git-upload-pack"),
]  # fmt: skip


@pytest.mark.attack(16)
@pytest.mark.parametrize("who", ["", "outsider"])
@pytest.mark.parametrize(("method", "path"), DOORS)
def test_a_private_repo_is_a_missing_one(
    portal_server: Server, maker: HubClient, method: str, path: str, who: str
) -> None:
    token = portal_server.people.outsider.write_token if who else ""
    answers = []
    for name in (PRIVATE, "maker/not-there"):
        body = b'{"title": "x"}' if method == "POST" else b""
        sent = {"Content_Type": "application/json", "Git_Protocol": "version=2"}
        told = raw_request(
            portal_server.port, method, path.format(name), token=token, body=body, **sent
        )
        kept = {k: v for k, v in told.headers.items() if k not in ("Date", "X-Request-Id")}
        kept.pop("Ratelimit", None)
        answers.append((told.status, json.dumps(kept).replace(name, ""), told.body))
    assert answers[0] == answers[1]
    assert answers[0][0] in (401, 404)


@pytest.mark.attack(20, 21)
@pytest.mark.parametrize(
    "want", ["--upload-pack=x", "main:s.txt", "@{u}", "HEAD", "0" * 40, "f" * 39, "x" * 40]
)
def test_a_want_is_the_id_of_a_commit_of_ours(
    portal_server: Server, maker: HubClient, want: str
) -> None:
    answer = fetch(portal_server, OPEN, want, {})
    assert answer.status_code in (400, 404) and b"PACK" not in answer.content


@pytest.mark.attack(1, 20)
def test_ids_of_trees_and_files_are_no_wants(portal_server: Server, maker: HubClient) -> None:
    tree = httpx2.get(f"{portal_server.url}/api/models/{OPEN}/tree/main").json()
    for item in tree:
        assert fetch(portal_server, OPEN, item["oid"], {}).status_code == 404


# --- credentials and other sites ----------------------------------------------------------------
DEEDS = [
    ("", {"title": "x"}), ("", {"title": "x", "pullRequest": True}),
    ("/1/comment", {"comment": "x"}),
    ("/1/title", {"title": "x"}), ("/1/status", {"status": "closed"}), ("/2/merge", {}),
]  # fmt: skip


@pytest.mark.attack(23)
@pytest.mark.parametrize(("tail", "body"), DEEDS)
def test_who_may_only_read_says_nothing(
    portal_server: Server, maker: HubClient, tail: str, body: dict
) -> None:
    where = f"{portal_server.url}/api/models/{OPEN}/discussions{tail}"
    before = httpx2.get(f"{portal_server.url}/api/models/{OPEN}/discussions").json()["count"]
    reading = bearer(portal_server, "maker", "read")
    assert httpx2.post(where, json=body, headers=reading).status_code == 403
    token = portal_server.people.maker.write_token
    for more in ({"params": {"token": token}}, {"cookies": {"token": token, "hf_token": token}}):
        assert httpx2.post(where, json=body, **more).status_code == 401
    after = httpx2.get(f"{portal_server.url}/api/models/{OPEN}/discussions").json()["count"]
    assert after == before


@pytest.mark.attack(24, 25)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_no_page_of_another_site_speaks_here(
    portal_server: Server, maker: HubClient, kind: str
) -> None:
    where = f"{portal_server.url}/api/models/{OPEN}/discussions"
    headers = bearer(portal_server, "maker") | {"Content-Type": kind, "Origin": "https://evil.test"}
    answer = httpx2.post(where, content=b'{"title": "x"}', headers=headers)
    assert answer.status_code == 415
    assert "Access-Control-Allow-Credentials" not in answer.headers


# --- what is too much ---------------------------------------------------------------------------
DEEP, LONG = b'{"title": ' + b"[" * 100_000, b'{"title": "' + b"x" * 5_000_000 + b'"}'
WORDY = json.dumps({"title": "x", "description": "y" * 70_000}).encode()


@pytest.mark.attack(31)
@pytest.mark.parametrize(
    "body",
    [DEEP, LONG, WORDY, b'{"title"', b"\xff", b'{"title": "\\ud800"}'],
    ids=["deep", "long", "wordy", "cut", "no text", "half a character"],
)
def test_bodies_that_are_no_discussion(
    portal_server: Server, maker: HubClient, body: bytes
) -> None:
    answer = httpx2.post(
        f"{portal_server.url}/api/models/{OPEN}/discussions",
        content=body,
        headers=bearer(portal_server) | {"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 413) and answer.headers["X-Error-Message"]


@pytest.mark.attack(31, 32)
def test_a_fetch_that_grows_when_it_is_unpacked(portal_server: Server, maker: HubClient) -> None:
    where = f"{portal_server.url}/{OPEN}.git/git-upload-pack"
    bomb = gzip.compress(b"0" * 200_000_000, 9)
    answer = httpx2.post(where, content=bomb, headers=V2 | {"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    many = line("command=fetch\n") + DELIMITER + line(f"want {'1' * 40}\n") * 1001 + FLUSH
    assert httpx2.post(where, content=many, headers=V2).status_code == 400
    assert httpx2.post(where, content=b"0" * 3_000_000, headers=V2).status_code == 413


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "query", ["p=-1", "p=x", "p=999999999999", "author=x'--", "status=_", "type=%00"]
)
def test_questions_about_threads(portal_server: Server, maker: HubClient, query: str) -> None:
    answer = httpx2.get(f"{portal_server.url}/api/models/{OPEN}/discussions?{query}")
    assert answer.status_code in (200, 400)


# --- races --------------------------------------------------------------------------------------
@pytest.mark.attack(42)
def test_a_proposal_is_merged_once(portal_server: Server, maker: HubClient) -> None:
    number = maker.call(
        f"HfApi().create_commit({OPEN!r}, commit_message='race', create_pr=True, "
        "operations=[CommitOperationAdd('race.txt', b'x')]).pr_num"
    )
    where = f"{portal_server.url}/api/models/{OPEN}/discussions/{number}/merge"

    def merge(_again: int) -> int:
        sent = {"headers": bearer(portal_server, "maker"), "timeout": 60}
        return httpx2.post(where, json={}, **sent).status_code

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(merge, range(6)))
    assert told[0] == 200 and set(told[1:]) <= {409, 412}, "the others came too late"
    events = maker.call(f"HfApi().get_discussion_details({OPEN!r}, {number})")["events"]
    assert [one["type"] for one in events].count("status-change") == 1
