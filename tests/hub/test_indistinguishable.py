"""A private repo looks exactly like a missing one, at every door. Rows 16 and 17."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.raw import Raw, raw_request
from tests.support.server import Server

GETS = [
    "/api/models/{}", "/api/models/{}/revision/main", "/api/models/{}?blobs=true",
    "/api/models/{}?expand=sha", "/api/models/{}?securityStatus=true", "/api/models/{}/tree/main",
    "/api/models/{}/tree/main/sub?recursive=true", "/api/models/{}/refs",
    "/api/models/{}/refs?include_prs=1", "/api/models/{}/commits/main",
    "/api/models/{}/auth-check", "/api/models/{}/auth-check/write",
    "/api/models/{}/user-access-request/pending", "/api/models/{}/user-access-request/accepted",
    "/api/models/{}/xet-read-token/main", "/api/models/{}/discussions", "/api/models/{}/likers",
    "/api/models/{}/lfs-files", "/api/models/{}/lfs-files?limit=1",
    "/api/models/{}/safetensors-metadata/model.safetensors.index.json",
    "/api/models/{}/nothing-like-it", "/{}/resolve/main/config.json",
    "/{}/resolve/main/README.md", "/{}/resolve/nowhere/none", "/{}.git", "/{}.git/info/refs",
    "/{}.git/HEAD", "/models/{}/resolve/main/config.json", "/{}/info/refs",
]  # fmt: skip
COMMIT = b'{"key":"header","value":{"summary":"m"}}'
WRITES = [
    ("POST", "/api/models/{}/paths-info/main", b"paths=a", "application/x-www-form-urlencoded"),
    ("POST", "/api/models/{}/preupload/main", b'{"files": []}', ""),
    ("POST", "/api/models/{}/preupload/main?create_pr=1", b'{"files": []}', ""),
    ("POST", "/api/models/{}/commit/main", COMMIT, "application/x-ndjson"),
    ("POST", "/api/models/{}/commit/main?create_pr=1", b"", "application/x-ndjson"),
    ("POST", "/api/models/{}/branch/x", b"{}", ""),
    ("DELETE", "/api/models/{}/branch/main", b"", ""),
    ("POST", "/api/models/{}/tag/main", b'{"tag": "t"}', ""),
    ("DELETE", "/api/models/{}/tag/t", b"", ""),
    ("PUT", "/api/models/{}/settings", b'{"private": false}', ""),
    ("POST", "/api/models/{}/user-access-request/handle", b'{"user": "voter"}', ""),
    ("POST", "/api/models/{}/user-access-request/grant", b'{"user": "voter"}', ""),
    ("POST", "/api/models/{}/like", b"", ""),
    ("DELETE", "/api/models/{}/like", b"", ""),
    ("POST", "/api/models/{}/super-squash/main", b'{"message": "m"}', ""),
    ("POST", "/api/models/{}/lfs-files/batch", b'{"deletions": {"sha": []}}', ""),
    ("POST", "/{}.git/info/lfs/objects/batch", b'{"operation": "download", "objects": []}', ""),
    ("POST", "/{}.git/info/lfs/verify", b'{"oid": "0", "size": 1}', ""),
    ("POST", "/{}/ask-access", b"a=b", "application/x-www-form-urlencoded"),
    ("DELETE", "/api/repos/delete", b'{"name": "NAME"}', ""),
    ("POST", "/api/repos/move", b'{"fromRepo": "NAME", "toRepo": "outsider/x"}', ""),
]  # fmt: skip
assert len(GETS) >= 25 and len(WRITES) >= 14
PRIVATE, MISSING = "maker/veiled", "maker/absent"
CHANGING = {"Date", "X-Request-Id", "Ratelimit"}


@pytest.fixture(scope="module", autouse=True)
def veiled(as_person: Callable[..., HubClient]) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('veiled', private=True)")
    maker.call(
        "HfApi().upload_file(path_or_fileobj=b'{}', path_in_repo='config.json', "
        "repo_id='maker/veiled')"
    )
    like = f"{maker.server.url}/api/models/maker/veiled/like"
    answer = httpx2.post(like, headers={"Authorization": f"Bearer {maker.token}"})
    assert answer.status_code == 200


def told(answer: Raw, name: str) -> tuple[object, ...]:
    """Return all that an observer can compare, with the name itself taken out."""
    headers = {key: value for key, value in answer.headers.items() if key not in CHANGING}
    text = json.dumps(headers) + answer.body.decode("utf-8", "replace")
    return answer.status, re.sub(f"{re.escape(name)}|{quote(name, safe='')}", "NAME", text)


def both(server: Server, method: str, path: str, token: str, body: bytes, **headers: str) -> list:
    answers = []
    for name in (PRIVATE, MISSING):
        sent = body.replace(b"NAME", name.encode())
        target = path.format(name)
        answer = raw_request(server.port, method, target, token=token, body=sent, **headers)
        answers.append(told(answer, name))
    return answers


@pytest.mark.attack(16)
@pytest.mark.parametrize("who", ["", "outsider"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", GETS)
def test_reading(portal_server: Server, path: str, method: str, who: str) -> None:
    token = portal_server.people.outsider.write_token if who else ""
    private, missing = both(portal_server, method, path, token, b"")
    assert private == missing
    assert method == "OPTIONS" or private[0] >= 400


@pytest.mark.attack(16)
@pytest.mark.parametrize("who", ["", "outsider"])
@pytest.mark.parametrize(
    ("method", "path", "body", "media_type"), WRITES, ids=lambda v: str(v)[:45]
)
def test_writing(
    portal_server: Server, method: str, path: str, body: bytes, media_type: str, who: str
) -> None:
    token = portal_server.people.outsider.write_token if who else ""
    media_type = media_type or "application/json"
    private, missing = both(portal_server, method, path, token, body, Content_Type=media_type)
    if path == "/{}/ask-access" and not who:  # a browser's door: its page holds random tokens
        private, missing = private[:1], missing[:1]
    assert private == missing
    assert private[0] in (400, 401, 403, 404)


LISTS = [
    "/api/models", "/api/models?search=veiled", "/api/models?author=maker&limit=1000",
    "/api/models?sort=downloads&full=true", "/api/models?filter=region:us", "/api/datasets",
    "/models", "/models?q=veiled", "/models?sort=updated", "/datasets?q=veiled", "/", "/maker",
    "/search?q=veiled", "/search?q=maker", "/leaderboards/", "/log", "/api/v1/submissions",
    "/api/v1/people/maker",
    "/api/v1/log/entries", "/api/whoami-v2", "/api/users/maker/likes", "/api/users/maker/overview",
    "/api/models-tags-by-type", "/api/datasets-tags-by-type", "/api/models?sort=likes",
]  # fmt: skip


@pytest.mark.attack(17)
@pytest.mark.parametrize("path", LISTS)
def test_lists_and_searches_do_not_have_it(portal_server: Server, path: str) -> None:
    """Those of the protocol, of the REST API and of the pages; the log names repos by number."""
    for token in ("", portal_server.people.outsider.write_token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx2.get(f"{portal_server.url}{path}", headers=headers)
        assert answer.status_code == 200 or (path == "/api/whoami-v2" and not token)
        assert not re.search(r"maker(/|%2F)veiled(?![\w.-])", answer.text), path


@pytest.mark.attack(17)
@pytest.mark.parametrize(
    "path", ["/search?q={}", "/models?q={}", "/api/models?search={}", "/api/v1/submissions?repo={}"]
)
def test_asking_for_it_by_name_finds_what_asking_for_nothing_finds(
    portal_server: Server, path: str
) -> None:
    """Such a page repeats the question, so it is compared with one about a missing repo."""
    token = portal_server.people.outsider.write_token
    private, missing = both(portal_server, "GET", path, token, b"")
    csrf = re.compile(r"csrf\w*=\w+|value=\\?\"\w{64}\\?\"")
    private, missing = (re.sub(csrf, "", str(answer)) for answer in (private, missing))
    assert private == missing


@pytest.mark.attack(17)
def test_made_private_later_is_gone_at_once(
    portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('fickle')")
    maker.call("HfApi().move_repo('maker/fickle', 'maker/fickle-two')")
    where = f"{portal_server.url}/maker/fickle-two/resolve/main/.gitattributes"
    etag = httpx2.get(where).headers["ETag"]
    maker.call("HfApi().update_repo_settings('maker/fickle-two', private=True)")
    assert httpx2.get(where, headers={"If-None-Match": etag}).status_code == 401
    old = httpx2.get(f"{portal_server.url}/api/models/maker/fickle")
    assert (old.status_code, old.headers.get("Location")) == (401, None)
