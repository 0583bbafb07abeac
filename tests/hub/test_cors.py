"""Clients in browsers, on pages of their own: every hop of a download and of an upload answers."""

import base64
import hashlib
import json
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

ELSEWHERE = {"Origin": "https://app.example"}
REPO = "maker/in-browsers"
WEIGHTS = b"\x00\x01" * 2000


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    client.call(f"HfApi().create_repo({REPO!r})")
    client.call(
        f"HfApi().upload_file(path_or_fileobj={WEIGHTS!r}, path_in_repo='w.bin', repo_id={REPO!r})"
    )
    return client


def readable(answer: httpx2.Response) -> bool:
    """Whether a browser lets the page on another origin read this answer."""
    open_to_all = answer.headers.get("Access-Control-Allow-Origin") == "*"
    return open_to_all and "Access-Control-Allow-Credentials" not in answer.headers


def preflight(url: str, method: str, headers: str) -> httpx2.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    answer = httpx2.options(url, headers=ELSEWHERE | asked)
    assert answer.status_code == 204 and readable(answer)
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(headers.lower().split(", ")) <= set(allowed)
    return answer


def test_a_download_with_a_token_and_a_range(maker: HubClient, portal_server: Server) -> None:
    """After a redirect to another origin, a browser says that its origin is `null`."""
    url = f"{portal_server.url}/{REPO}/resolve/main/w.bin"
    preflight(url, "GET", "authorization, range")
    headers = ELSEWHERE | {"Authorization": f"Bearer {maker.token}", "Range": "bytes=2-5"}
    first = httpx2.get(url, headers=headers)
    assert first.status_code == 302 and readable(first)
    assert "X-Linked-Size" in first.headers["Access-Control-Expose-Headers"]
    preflight(first.headers["Location"], "GET", "range")
    second = httpx2.get(first.headers["Location"], headers={"Origin": "null", "Range": "bytes=2-5"})
    assert second.status_code == 206 and readable(second)
    assert second.content == WEIGHTS[2:6]
    assert "Content-Range" in second.headers["Access-Control-Expose-Headers"]


def test_an_upload_from_another_page(maker: HubClient, portal_server: Server) -> None:
    at, content = portal_server.url, b"from a browser" * 100
    token = ELSEWHERE | {"Authorization": f"Bearer {maker.token}"}
    oid = hashlib.sha256(content).hexdigest()
    batch = httpx2.post(
        f"{at}/{REPO}.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [{"oid": oid, "size": len(content)}]},
        headers=token,
    )
    assert readable(batch)
    href = batch.json()["objects"][0]["actions"]["upload"]["href"]
    preflight(href, "PUT", "content-type")
    assert readable(httpx2.put(href, content=content, headers=ELSEWHERE))
    lines = [
        {"key": "header", "value": {"summary": "from a browser"}},
        {"key": "lfsFile", "value": {"path": "b.bin", "algo": "sha256", "oid": oid}},
        {
            "key": "file",
            "value": {"path": "b.txt", "content": base64.b64encode(b"b").decode(),
                      "encoding": "base64"},
        },
    ]  # fmt: skip
    done = httpx2.post(
        f"{at}/api/models/{REPO}/commit/main",
        content="\n".join(map(json.dumps, lines)),
        headers=token | {"Content-Type": "application/x-ndjson"},
    )
    assert done.status_code == 200 and readable(done)


def test_a_refusal_can_be_read_too(portal_server: Server) -> None:
    missing = httpx2.get(f"{portal_server.url}/api/models/no/such", headers=ELSEWHERE)
    assert missing.status_code == 401 and readable(missing)
    assert "X-Error-Message" in missing.headers["Access-Control-Expose-Headers"]
    gone = httpx2.get(f"{portal_server.content_url}/content/x/y/z", headers=ELSEWHERE)
    assert gone.status_code >= 400 and readable(gone)
