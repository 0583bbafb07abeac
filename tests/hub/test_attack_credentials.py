"""Credentials used for what they are not: rows 23 to 25, and 12 beside the access requests."""

import json
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.raw import raw_request
from tests.support.server import Server

WRITES = [
    ("POST", "/api/repos/create", {"name": "by-read"}),
    ("DELETE", "/api/repos/delete", {"name": "maker/guarded"}),
    (
        "POST",
        "/api/repos/move",
        {"fromRepo": "maker/guarded", "toRepo": "maker/x", "type": "model"},
    ),
    ("PUT", "/api/models/maker/guarded/settings", {"private": True}),
    ("POST", "/api/models/maker/guarded/branch/x", {}),
    ("DELETE", "/api/models/maker/guarded/branch/other", None),
    ("POST", "/api/models/maker/guarded/tag/main", {"tag": "t"}),
    ("DELETE", "/api/models/maker/guarded/tag/t0", None),
    ("POST", "/api/models/maker/guarded/preupload/main", {"files": []}),
    ("POST", "/maker/guarded.git/info/lfs/objects/batch", {"operation": "upload", "objects": []}),
    ("POST", "/api/models/maker/guarded/user-access-request/handle", {"user": "voter"}),
    ("POST", "/api/models/maker/guarded/user-access-request/grant", {"user": "voter"}),
]
NDJSON = b'{"key":"header","value":{"summary":"m"}}\n{"key":"deletedFile","value":{"path":"a"}}'


@pytest.fixture(scope="module", autouse=True)
def guarded(as_person: Callable[..., HubClient]) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('guarded')")
    maker.call("HfApi().create_branch('maker/guarded', branch='other')")
    maker.call("HfApi().create_tag('maker/guarded', tag='t0')")


def state(server: Server) -> tuple[object, ...]:
    info = httpx2.get(f"{server.url}/api/models/maker/guarded").json()
    refs = httpx2.get(f"{server.url}/api/models/maker/guarded/refs").json()
    return info["sha"], info["private"], json.dumps(refs, sort_keys=True)


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda v: str(v)[:40])
@pytest.mark.parametrize("credential", ["read", "scoped", "query", "cookie", "none"])
def test_writes_need_a_token_that_writes(
    portal_server: Server, method: str, path: str, body: dict | None, credential: str
) -> None:
    before = state(portal_server)
    people, headers = portal_server.people, {}
    if credential == "read":
        headers["Authorization"] = f"Bearer {people.maker.read_token}"
    elif credential == "scoped":
        headers["Authorization"] = f"Bearer {people.maker.accept_token}"
    elif credential == "query":
        path += f"?token={people.maker.write_token}&access_token={people.maker.write_token}"
    elif credential == "cookie":
        headers["Cookie"] = f"token={people.maker.write_token}; hf_token={people.maker.write_token}"
    sent = {"content": json.dumps(body), "headers": headers | {"Content-Type": "application/json"}}
    if body is None:
        sent = {"headers": headers}
    answer = httpx2.request(method, portal_server.url + path, **sent)
    assert answer.status_code in (401, 403, 404), answer.text
    assert state(portal_server) == before


def test_commits_need_a_token_that_writes(portal_server: Server) -> None:
    for token in (portal_server.people.maker.read_token, portal_server.people.maker.accept_token):
        answer = raw_request(
            portal_server.port,
            "POST",
            "/api/models/maker/guarded/commit/main",
            token=token,
            body=NDJSON,
            Content_Type="application/x-ndjson",
        )
        assert answer.status in (403, 404)


@pytest.mark.parametrize(
    "header", ["Bearer", "Basic !!!", "Digest x", "Bearer hf_x", "Basic Og==", "token x"]
)
def test_a_credential_that_is_none_is_never_anonymous(portal_server: Server, header: str) -> None:
    answer = httpx2.get(
        f"{portal_server.url}/api/models/maker/guarded", headers={"Authorization": header}
    )
    assert answer.status_code == 401
    assert answer.headers["X-Error-Message"] == "Invalid credentials in Authorization header"


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_a_form_of_another_site_is_no_request(portal_server: Server, media_type: str) -> None:
    for cookie in ("", "commonhold_session=abc"):
        answer = httpx2.post(
            f"{portal_server.url}/api/repos/create",
            content=b'{"name": "csrf"}',
            headers={
                "Content-Type": media_type,
                "Origin": "https://evil.example",
                "Cookie": cookie,
                "X-HTTP-Method-Override": "DELETE",
            },
        )
        assert answer.status_code in (401, 403, 415)
        signed_in = httpx2.post(
            f"{portal_server.url}/api/repos/create",
            content=b'{"name": "csrf"}',
            headers={
                "Content-Type": media_type,
                "Authorization": f"Bearer {portal_server.people.maker.write_token}",
            },
        )
        assert signed_in.status_code == 415


def test_a_method_override_changes_nothing(portal_server: Server) -> None:
    before = state(portal_server)
    httpx2.post(
        f"{portal_server.url}/api/models/maker/guarded/branch/other",
        json={},
        headers={
            "Authorization": f"Bearer {portal_server.people.maker.write_token}",
            "X-HTTP-Method-Override": "DELETE",
            "X-Method-Override": "DELETE",
        },
    )
    assert state(portal_server) == before


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
def test_other_origins_get_no_credentials(portal_server: Server, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = httpx2.request(
            method,
            f"{portal_server.url}/api/models/maker/guarded",
            headers={"Origin": origin, "Access-Control-Request-Method": "PUT"},
        )
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", portal_server.url)


def test_no_answer_sets_a_cookie(portal_server: Server) -> None:
    for path in ("/api/whoami-v2", "/api/models", "/maker/guarded/resolve/main/.gitattributes"):
        assert "Set-Cookie" not in httpx2.get(portal_server.url + path).headers


def test_a_revoked_token_is_over_at_once(portal_server: Server, server_database: Callable) -> None:
    from portal import tokens
    from portal.people.models import Person

    with server_database():
        person = Person.objects.get(username="voter")
        token, raw = tokens.issue(person, name="short", role="read")
    headers = {"Authorization": f"Bearer {raw}"}
    assert httpx2.get(f"{portal_server.url}/api/whoami-v2", headers=headers).status_code == 200
    with server_database():
        tokens.revoke(token, because="owner", by=person)
    assert httpx2.get(f"{portal_server.url}/api/whoami-v2", headers=headers).status_code == 401
