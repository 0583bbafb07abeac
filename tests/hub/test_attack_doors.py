"""Doors that must not be there, fields that must not be taken, other people's things by their id.

Rows 37 to 39 over the wire; what concerns one room alone stands in that room's tests.
"""

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.raw import raw_request
from tests.support.server import Server

LEAKS = (b"SECRET_KEY", b"DATABASE_URL", b"Traceback", b"BEGIN PRIVATE", b"[core]", b"DEBUG = ",
         b"INSTALLED_APPS", b"root:x:", b"SQLite format", b"process_cpu_seconds")  # fmt: skip
EXPOSED = [
    "/.env", "/.git/config", "/.git/HEAD", "/.hg/store", "/.svn/entries", "/.DS_Store", "/metrics",
    "/metrics/", "/flower", "/flower/", "/debug", "/__debug__/", "/debug/pprof/", "/actuator/env",
    "/server-status", "/phpinfo.php", "/console", "/settings.py", "/manage.py", "/db.sqlite3",
    "/var/db.sqlite3", "/var/secrets/django", "/secrets/demo.json", "/content/", "/content",
    "/static/", "/static/../var/db.sqlite3", "/static/%2e%2e/%2e%2e/manage.py", "/media/",
    "/requirements.txt", "/backup.zip", "/dump.sql", "/id_rsa", "/.well-known/../.env", "/api/.env",
    "/silk/", "/rosetta/", "/django-rq/", "/celery", "/graphql", "/swagger.json",
]  # fmt: skip


@pytest.fixture(scope="module")
def session(portal_server: Server) -> Iterator[Callable[[str], httpx2.Client]]:
    """`session(name)` is the browser of somebody who has signed in."""
    browsers: dict[str, httpx2.Client] = {}

    def signed_in(name: str) -> httpx2.Client:
        if name not in browsers:
            person = getattr(portal_server.people, name)
            browser = browsers[name] = httpx2.Client(base_url=portal_server.url)
            browser.get("/accounts/login/")
            form = {"login": person.username, "password": person.password}
            form["csrfmiddlewaretoken"] = browser.cookies["commonhold_csrf"]
            assert browser.post("/accounts/login/", data=form).status_code == 302
            browser.headers["X-CSRFToken"] = browser.cookies["commonhold_csrf"]
        return browsers[name]

    yield signed_in
    for browser in browsers.values():
        browser.close()


# --- row 37 ---------------------------------------------------------------------------------------
@pytest.mark.attack(37)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_not_even_an_operator_writes_the_log(portal_server: Server, session, method: str) -> None:
    admin = session("admin")
    entries = admin.get("/api/v1/log/entries").json()
    some = httpx2.get(f"{portal_server.url}/log").text.partition('href="/log/')[2][:36]
    for path in ("/api/v1/log/entries", "/api/v1/log/head", "/api/v1/log/keys",
                 "/api/v1/log/proof/inclusion", "/log", f"/log/{some}"):  # fmt: skip
        answer = admin.request(method, path, json={"kind": "portal:forged", "body": {}})
        assert answer.status_code == 405, path
    for path in ("/admin/portal/event/add/", "/admin/portal/event/", "/admin/portal/loghead/"):
        answer = admin.request(method, path, data={"kind": "portal:forged"})
        assert answer.status_code in (302, 403, 404, 405), path
    assert admin.get("/api/v1/log/entries").json()["entries"][:1] == entries["entries"][:1]
    assert "portal:forged" not in admin.get("/log").text


# --- row 38 ---------------------------------------------------------------------------------------
@pytest.mark.attack(38)
def test_fields_nobody_offered_are_not_taken(
    portal_server: Server, session, server_database: Callable
) -> None:
    from portal.organisations.models import Membership, Organisation
    from portal.people.models import Person

    smuggled = {
        "is_staff": True, "is_superuser": True, "is_active": False, "is_demo": True, "id": 1,
        "pk": 1, "password": "x", "username": "root", "handle": "root", "email": "evil@example.org",
        "standing": "suspended", "standing_until": None, "opaque": "0" * 32, "age_ok_at": None,
        "date_joined": "1970-01-01", "groups": [1], "user_permissions": [1], "namespace": 1,
    }  # fmt: skip
    voter = session("voter")
    with server_database():
        before = Person.objects.values().get(username="voter")
    assert voter.patch("/api/v1/me", json=smuggled | {"display_name": "Vera"}).status_code == 200
    with server_database():
        after = Person.objects.values().get(username="voter")
    assert {key for key in after if after[key] != before[key]} <= {"display_name", "last_login"}
    assert after["display_name"] == "Vera"

    made = voter.post(
        "/api/v1/organisations",
        json={
            "handle": "smuggle",
            "owner": "admin",
            "is_demo": True,
            "verified": True,
            "opaque": "0",
        },
    )
    assert made.status_code == 201
    with server_database():
        organisation = Organisation.objects.get(handle="smuggle")
        assert (organisation.is_demo, organisation.opaque == "0") == (False, False)
        people = Membership.objects.filter(organisation=organisation)
        people = people.values_list("person__username", flat=True)
        assert list(people) == ["voter"]
    changed = voter.patch("/api/v1/organisations/smuggle", json={"handle": "admin", "id": 1})
    assert changed.status_code in (200, 400)
    assert voter.get("/api/v1/organisations/smuggle").json()["handle"] == "smuggle"

    token = voter.post(
        "/api/v1/tokens",
        json={"name": "t", "role": "read", "person": 1, "digest": "0" * 64, "origin": "demo",
              "hint": "x", "scopes": {"everywhere": ["agreements:accept", "repo.write"]}},
    )  # fmt: skip
    if token.status_code == 201:
        headers = {"Authorization": f"Bearer {token.json()['token']}"}
        asked = httpx2.patch(
            f"{portal_server.url}/api/v1/me", json={"display_name": "x"}, headers=headers
        )
        assert asked.status_code == 403, "a read token with smuggled scopes reads"


@pytest.mark.attack(38)
def test_a_repo_takes_only_its_own_settings(
    portal_server: Server, as_person: Callable[..., HubClient], server_database: Callable
) -> None:
    from models_registry.models import Repo

    as_person("maker").call("HfApi().create_repo('modest')")
    with server_database():
        before = Repo.objects.values().get(key="maker/modest")
    headers = {"Authorization": f"Bearer {portal_server.people.maker.write_token}"}
    smuggled = {
        "namespace": 1,
        "namespace_id": 1,
        "downloads": 10**6,
        "id": 1,
        "created_by": 1,
        "head_oid": "0" * 40,
        "licence": 1,
        "featured": True,
        "object_bytes": -5,
        "visibility": "internal",
        "weights": {"total": 1},
        "discussionsDisabled": True,
    }
    answer = httpx2.put(
        f"{portal_server.url}/api/models/maker/modest/settings", json=smuggled, headers=headers
    )
    assert answer.status_code in (200, 400)
    with server_database():
        assert Repo.objects.values().get(key="maker/modest") == before
    created = httpx2.post(
        f"{portal_server.url}/api/repos/create",
        json={"name": "modest-two", "downloads": 5, "created_by": 1, "visibility": "internal"},
        headers=headers,
    )
    if created.status_code == 200:
        info = httpx2.get(f"{portal_server.url}/api/models/maker/modest-two", headers=headers)
        assert (info.json()["downloads"], info.json()["author"]) == (0, "maker")


@pytest.mark.attack(38)
def test_nobody_makes_anything_in_a_foreign_namespace(
    portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('mine-alone')")
    headers = {"Authorization": f"Bearer {portal_server.people.outsider.write_token}"}
    as_person("outsider").call("HfApi().create_repo('to-give-away')")
    url = portal_server.url
    tries = [
        ("POST", "/api/repos/create", {"name": "maker/planted"}),
        ("POST", "/api/repos/create", {"name": "planted", "organization": "maker"}),
        ("POST", "/api/repos/create", {"name": "planted", "namespace": "maker"}),
        ("POST", "/api/repos/move", {"fromRepo": "outsider/to-give-away", "toRepo": "maker/planted",
                                     "type": "model"}),
        ("POST", "/api/repos/move", {"fromRepo": "maker/mine-alone", "toRepo": "outsider/planted",
                                     "type": "model"}),
        ("DELETE", "/api/repos/delete", {"name": "mine-alone", "organization": "maker"}),
        ("PUT", "/api/models/maker/mine-alone/settings", {"private": True}),
        ("POST", "/api/models/maker/mine-alone/branch/x", {}),
        ("POST", "/api/v1/submissions", {"repo": "maker/mine-alone", "benchmark": "none"}),
    ]  # fmt: skip
    for method, path, body in tries:
        answer = httpx2.request(method, url + path, json=body, headers=headers)
        outsiders_own = answer.status_code == 200 and "outsider/planted" in answer.text
        assert outsiders_own or answer.status_code in (400, 403, 404), (path, body, answer.text)
        if outsiders_own:  # a name that the door does not know is ignored
            httpx2.request(
                "DELETE", f"{url}/api/repos/delete", json={"name": "planted"}, headers=headers
            )
    assert httpx2.get(f"{url}/api/models/maker/planted").status_code == 401
    info = httpx2.get(f"{url}/api/models/maker/mine-alone").json()
    assert (info["id"], info["private"]) == ("maker/mine-alone", False)


@pytest.mark.attack(12, 38)
def test_a_request_of_another_repo_is_not_here(
    portal_server: Server, as_person: Callable[..., HubClient], server_database: Callable, session
) -> None:
    """The owner of one repo decides about no request of another, by whatever id they know."""
    from models_registry.models import AccessRequest

    maker, outsider = as_person("maker"), as_person("outsider")
    maker.call("HfApi().create_repo('asked')")
    maker.call("HfApi().update_repo_settings('maker/asked', gated='manual')")
    outsider.call("HfApi().create_repo('own-gate')")
    outsider.call("HfApi().update_repo_settings('outsider/own-gate', gated='manual')")
    url = portal_server.url
    for name in ("voter", "outsider"):
        token = getattr(portal_server.people, name).read_token
        httpx2.post(f"{url}/maker/asked/ask-access", headers={"Authorization": f"Bearer {token}"})
    with server_database():
        request = AccessRequest.objects.get(repo__key="maker/asked", person__username="voter").uuid
        own = AccessRequest.objects.get(repo__key="maker/asked", person__username="outsider").uuid
    headers = {"Authorization": f"Bearer {portal_server.people.outsider.write_token}"}
    for repo in ("outsider/own-gate", "maker/asked"):
        for body in ({"requestId": request.hex}, {"requestId": own.hex}, {"user": "voter"}):
            answer = httpx2.post(
                f"{url}/api/models/{repo}/user-access-request/handle",
                json=body | {"status": "accepted"},
                headers=headers,
            )
            assert answer.status_code in (403, 404), (repo, body)
        for uuid in (request, own):
            answer = session("outsider").post(f"/{repo}/access/{uuid}", data={"decision": "accept"})
            assert answer.status_code in (403, 404), repo
    with server_database():
        states = AccessRequest.objects.filter(repo__key="maker/asked").values_list("state")
        assert set(states) == {("pending",)}


# --- row 39 ---------------------------------------------------------------------------------------
@pytest.mark.attack(39)
@pytest.mark.parametrize("path", EXPOSED)
def test_nothing_of_the_house_is_served(portal_server: Server, path: str) -> None:
    for port in (portal_server.port, portal_server.content_port):
        for method in ("GET", "POST"):
            answer = raw_request(port, method, path)
            assert answer.status in (400, 401, 403, 404, 405, 501), (port, answer.status)
            assert not any(leak in answer.body for leak in LEAKS), answer.body[:200]


@pytest.mark.attack(39)
def test_a_fault_tells_nothing_of_the_inside(portal_server: Server) -> None:
    """Neither an unknown host, a broken line, nor a missing page shows settings or a traceback."""
    for port in (portal_server.port, portal_server.content_port):
        for target, host in (("/", "evil.example"), ("/nowhere", ""), ("/%ff%fe", ""),
                             ("/models?page=" + "9" * 5000, ""), ("/" + "a" * 8000, ""),
                             ("http://evil.example/", ""), ("*", "")):  # fmt: skip
            answer = raw_request(port, "GET", target, host=host)
            assert answer.status < 500, (target[:40], answer.status)
            assert not any(leak in answer.body for leak in LEAKS), target[:40]
            assert b"Django" not in answer.body and b"site-packages" not in answer.body


@pytest.mark.attack(39)
def test_settings_keep_what_debugging_opens_shut(portal_server: Server) -> None:
    from django.conf import settings

    assert not settings.DEBUG
    assert not {"debug_toolbar", "silk", "django_extensions"} & set(settings.INSTALLED_APPS)
    served = httpx2.get(f"{portal_server.url}/api/v1/schema").text
    assert json.loads(served)["openapi"]
    assert not any(word in served for word in ("/admin/", "/metrics", "/healthz", "Traceback"))
