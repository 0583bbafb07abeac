"""Credentials used for what they are not: rows 23 to 25, and 12 beside the access requests."""

import json
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
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
NDJSON = '{"key":"header","value":{"summary":"m"}}\n{"key":"deletedFile","value":{"path":"a"}}'
WRITES.append(("POST", "/api/models/maker/guarded/commit/main", NDJSON))
assert len(WRITES) == 13


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


@pytest.fixture(scope="module")
def elsewhere_token(server_database: Callable) -> str:
    """A fine-grained token of maker's that may write to another repo."""
    from portal import tokens
    from portal.people.models import Person
    from portal.tokens.scopes import Scopes

    with server_database():
        maker = Person.objects.get(username="maker")
        scopes = Scopes(frozenset({"repo.read"}), {"maker/other": frozenset({"repo.write"})})
        return tokens.issue(maker, name="elsewhere", role="fineGrained", scopes=scopes)[1]


@pytest.fixture(scope="module")
def session(portal_server: Server) -> dict[str, str]:
    """The cookies of a browser in which maker is signed in."""
    maker = portal_server.people.maker
    with httpx2.Client(base_url=portal_server.url) as browser:
        browser.get("/accounts/login/")
        form = {"login": maker.username, "password": maker.password}
        form["csrfmiddlewaretoken"] = browser.cookies["commonhold_csrf"]
        assert browser.post("/accounts/login/", data=form).status_code == 302
        assert browser.get("/api/v1/me").json()["handle"] == "maker"
        return dict(browser.cookies)


@pytest.mark.attack(23)
@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda v: str(v)[:40])
@pytest.mark.parametrize(
    "credential", ["read", "scoped", "elsewhere", "query", "cookie", "session", "none"]
)
def test_writes_need_a_token_that_writes(
    portal_server: Server,
    elsewhere_token: str,
    session: dict[str, str],
    method: str,
    path: str,
    body: dict | str | None,
    credential: str,
) -> None:
    before = state(portal_server)
    people, headers = portal_server.people, {}
    if credential == "read":
        headers["Authorization"] = f"Bearer {people.maker.read_token}"
    elif credential == "scoped":
        headers["Authorization"] = f"Bearer {people.maker.accept_token}"
    elif credential == "elsewhere":
        headers["Authorization"] = f"Bearer {elsewhere_token}"
    elif credential == "session":
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in session.items())
        headers["X-CSRFToken"] = session["commonhold_csrf"]
    elif credential == "query":
        path += f"?token={people.maker.write_token}&access_token={people.maker.write_token}"
    elif credential == "cookie":
        headers["Cookie"] = f"token={people.maker.write_token}; hf_token={people.maker.write_token}"
    kind = "application/x-ndjson" if isinstance(body, str) else "application/json"
    sent = body if isinstance(body, str) else json.dumps(body)
    if body is None:
        sent, kind = "", ""
    answer = httpx2.request(
        method, portal_server.url + path, content=sent, headers=headers | {"Content-Type": kind}
    )
    assert answer.status_code in (401, 403, 404), answer.text
    assert state(portal_server) == before


@pytest.mark.attack(23)
@pytest.mark.parametrize(
    "header", ["Bearer", "Basic !!!", "Digest x", "Bearer hf_x", "Basic Og==", "token x"]
)
def test_a_credential_that_is_none_is_never_anonymous(portal_server: Server, header: str) -> None:
    answer = httpx2.get(
        f"{portal_server.url}/api/models/maker/guarded", headers={"Authorization": header}
    )
    assert answer.status_code == 401
    assert answer.headers["X-Error-Message"] == "Invalid credentials in Authorization header"


@pytest.mark.attack(24)
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_a_form_of_another_site_is_no_request(
    portal_server: Server, session: dict[str, str], media_type: str
) -> None:
    for cookie in ("", "; ".join(f"{name}={value}" for name, value in session.items())):
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


@pytest.mark.attack(24)
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


@pytest.mark.attack(25)
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
def test_other_origins_get_no_credentials(
    portal_server: Server, session: dict[str, str], origin: str
) -> None:
    """At no door: pages, REST, the protocol, files, the transfer side, even with a session."""
    cookie = "; ".join(f"{name}={value}" for name, value in session.items())
    doors = [
        portal_server.url + path
        for path in ("/api/models/maker/guarded", "/api/models", "/api/whoami-v2", "/api/v1/me",
                     "/api/v1/tokens", "/", "/maker/guarded", "/settings/tokens", "/nowhere/at/all",
                     "/maker/guarded/resolve/main/.gitattributes", "/accounts/login/")
    ]  # fmt: skip
    doors += [f"{portal_server.content_url}/{path}" for path in ("healthz", "content/x/y", "x")]
    for url in doors:
        for method in ("GET", "OPTIONS"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Cookie": cookie}
            answer = httpx2.request(method, url, headers=asked)
            assert "Access-Control-Allow-Credentials" not in answer.headers, url
            allowed = answer.headers.get("Access-Control-Allow-Origin", "*")
            assert allowed in ("*", portal_server.url), url


@pytest.mark.attack(24)
def test_no_answer_sets_a_cookie(portal_server: Server) -> None:
    for path in ("/api/whoami-v2", "/api/models", "/maker/guarded/resolve/main/.gitattributes"):
        assert "Set-Cookie" not in httpx2.get(portal_server.url + path).headers


@pytest.mark.attack(11, 23)
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
