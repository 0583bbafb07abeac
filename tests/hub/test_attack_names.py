"""Names and paths that lie: normalisation, traversal, refs, cases. Rows 15, 18 to 22."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.client import HubClient
from tests.support.raw import Raw, raw_request
from tests.support.server import Server

HOSTILE_PATHS = [
    "../up", "a/../../up", "/abs", "a//b", "a/./b", "./a", "a/", "", ".", "..", "a\\b",
    "..\\..\\up", "a\x00b", "a\nb", "a\x1fb", "a\u2028b", ".git/config", ".GIT/config", "a/.git",
    ".Git", "git~1/config", ".g\u200cit/config", ".git ", ".git.", ".git::$DATA",
    ".cache/huggingface/x", "x" * 300, "a/" * 50 + "b", "\ud800",
]  # fmt: skip
ENCODED = [
    "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cetc", "%252e%252e%252f",
    "..;/..;/etc/passwd", "%c0%ae%c0%ae/etc", "....//....//etc/passwd", "%00", "a%00.txt",
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:%2f%2f%2fetc%2fpasswd", "%uff0e%uff0e/",
    ".%2e/.%2e/", "%e0%80%ae./", "\\..\\",
]  # fmt: skip
assert (len(HOSTILE_PATHS), len(ENCODED)) == (29, 17)
REVISIONS = [
    "--upload-pack=touch%20x", "-x", "main:config.json", "main%3Aconfig.json", "@%7Bu%7D",
    "main~1", "main%5E", "HEAD%3A", "%24(id)", "%60id%60", "refs%2Fheads%2F..%2F..%2Fx", "main%00",
    "main%0a", "*", "--upload-pack=touch%20MARKER", "$(touch%20MARKER)", "%60touch%20MARKER%60",
    "ext::sh%20-c%20touch%20MARKER",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def repos(as_person: Callable[..., HubClient]) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('Names')")
    maker.call(
        "HfApi().upload_file(path_or_fileobj=b'{}', path_in_repo='config.json', "
        "repo_id='maker/Names')"
    )
    maker.call("HfApi().create_repo('Unseen', private=True)")


def as_maker(server: Server, method: str, target: str, **kwargs) -> Raw:
    return raw_request(server.port, method, target, token=server.people.maker.write_token, **kwargs)


def commit(server: Server, *lines: dict) -> Raw:
    header = {"key": "header", "value": {"summary": "m"}}
    body = "\n".join(json.dumps(line) for line in (header, *lines)).encode()
    return as_maker(
        server,
        "POST",
        "/api/models/maker/Names/commit/main",
        body=body,
        Content_Type="application/x-ndjson",
    )


@pytest.mark.attack(18, 19)
@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=range(len(HOSTILE_PATHS)))
def test_hostile_paths_in_commits(portal_server: Server, path: str) -> None:
    operations = [
        {"key": "file", "value": {"path": path, "content": "YQ==", "encoding": "base64"}},
        {"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": "0" * 64, "size": 1}},
        {"key": "deletedFile", "value": {"path": path}},
        {"key": "copyFile", "value": {"path": path, "srcPath": "config.json"}},
    ]
    for operation in operations:
        if (operation["key"], path) == ("copyFile", "a/"):
            continue  # a folder may be written so: it is copied to `a`
        answer = commit(portal_server, operation)
        assert 400 <= answer.status < 500, (operation["key"], answer.status, answer.body[:200])
    outside = portal_server.data.parent.iterdir()
    assert {path.name for path in outside} == {portal_server.data.name}, "no file outside"


@pytest.mark.attack(18)
def test_a_backslash_is_unprocessable(portal_server: Server) -> None:
    operation = {"key": "file", "value": {"path": "..\\x", "content": "", "encoding": "base64"}}
    assert commit(portal_server, operation).status == 422


@pytest.mark.attack(18)
@pytest.mark.parametrize("path", ENCODED)
@pytest.mark.parametrize(
    "door",
    ["/maker/Names/resolve/main/{}", "/maker/Names/resolve/{}/config.json",
     "/api/models/maker/Names/tree/main/{}", "/api/models/maker/Names/revision/{}",
     "/api/models/maker/Names/commits/{}", "/{}/Names/resolve/main/config.json",
     "/maker/{}/resolve/main/config.json", "/api/models/maker/{}", "/static/{}",
     "/maker/Names/tree/main/{}"],
)  # fmt: skip
def test_encoded_traversal(portal_server: Server, door: str, path: str) -> None:
    answer = as_maker(portal_server, "GET", door.format(path))
    assert answer.status in (400, 401, 404), answer.status
    assert b"root:" not in answer.body


@pytest.mark.attack(20)
@pytest.mark.parametrize("revision", REVISIONS)
def test_revisions_are_names_and_nothing_else(
    portal_server: Server, tmp_path: Path, revision: str
) -> None:
    marker = tmp_path / "executed"
    revision = revision.replace("MARKER", quote(str(marker), safe=""))
    api = "/api/models/maker/Names"
    for door in ("/maker/Names/resolve/{}/config.json",
                 f"{api}/revision/{{}}", f"{api}/tree/{{}}", f"{api}/commits/{{}}"):  # fmt: skip
        answer = as_maker(portal_server, "GET", door.format(revision))
        assert answer.status == 404, answer.status
    assert not marker.exists()


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "target",
    ["/maker/Names%20/resolve/main/config.json", "/%6Daker/Names/resolve/main/config.json",
     "//maker/Names/resolve/main/config.json", "/maker//Names/resolve/main/config.json",
     "/maker/Names;x/resolve/main/config.json", "/maker/Names./resolve/main/config.json",
     "/maker/%4Eames/resolve/main/config.json", "/api/models/maker/Names/",
     "/api//models/maker/Names",
     "/API/models/maker/Names", "/./api/models/maker/Names"],
)  # fmt: skip
def test_names_are_not_normalised(portal_server: Server, target: str) -> None:
    assert as_maker(portal_server, "GET", target).status == 404


@pytest.mark.attack(15, 17)
def test_another_case_is_told_only_to_who_may_see(portal_server: Server) -> None:
    for path in ("/api/models/MAKER/unseen", "/maker/unseen/resolve/main/.gitattributes"):
        hidden = raw_request(portal_server.port, "GET", path)
        assert hidden.status == 401
        assert "Location" not in hidden.headers
        assert as_maker(portal_server, "GET", path).status == 307
    for path in ("/maker/Unseen.git", "/maker/Unseen.git/info/refs"):
        assert raw_request(portal_server.port, "GET", path).status == 401


@pytest.mark.attack(15)
def test_a_foreign_host_is_never_repeated(portal_server: Server) -> None:
    for host in ("evil.example", "localhost.evil.example", "evil.example:80"):
        answer = raw_request(portal_server.port, "GET", "/api/models/maker/names", host=host)
        assert b"evil" not in answer.body
        assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.attack(20, 21)
@pytest.mark.parametrize("name", ["0" * 40, "a" * 40, "refs/heads/x/../y", "HEAD", "a b", "a~b"])
def test_branches_that_would_shadow(portal_server: Server, name: str) -> None:
    where = f"/api/models/maker/Names/branch/{quote(name, safe='')}"
    answer = as_maker(portal_server, "POST", where, body=b"{}", Content_Type="application/json")
    assert answer.status in (400, 404, 409)


@pytest.mark.attack(21)
def test_a_branch_cannot_stand_for_a_commit(portal_server: Server) -> None:
    info = as_maker(portal_server, "GET", "/api/models/maker/Names").json()
    where = f"/api/models/maker/Names/branch/{info['sha']}"
    body = b'{"startingPoint": "main"}'
    answer = as_maker(portal_server, "POST", where, body=body, Content_Type="application/json")
    assert answer.status == 400


@pytest.mark.attack(22)
def test_repos_differ_by_more_than_case(portal_server: Server) -> None:
    for name in ("names", "NAMES"):
        answer = as_maker(
            portal_server,
            "POST",
            "/api/repos/create",
            body=json.dumps({"name": name}).encode(),
            Content_Type="application/json",
        )
        assert answer.status == 409


@pytest.mark.attack(22)
def test_a_file_cannot_be_a_folder_too(portal_server: Server) -> None:
    def add(path: str) -> dict:
        return {"key": "file", "value": {"path": path, "content": "YQ==", "encoding": "base64"}}

    assert commit(portal_server, add("both"), add("both/under")).status == 400


@pytest.mark.attack(22)
def test_one_name_in_two_unicode_forms_is_one_file(portal_server: Server) -> None:
    def add(path: str) -> dict:
        return {"key": "file", "value": {"path": path, "content": "YQ==", "encoding": "base64"}}

    assert commit(portal_server, add("caf\u00e9.txt"), add("cafe\u0301.txt")).status == 200
    listed = as_maker(portal_server, "GET", "/api/models/maker/Names/tree/main").json()
    assert [item["path"] for item in listed if item["path"].startswith("caf")] == ["caf\u00e9.txt"]


@pytest.mark.attack(19)
def test_nothing_in_a_repo_is_a_link(portal_server: Server) -> None:
    """A link of git's, by any spelling of its mode, is unknown; its target as text stays text."""
    for key, value in (
        ("symlink", {"path": "l", "target": "/etc/passwd"}),
        (
            "file",
            {"path": "l", "content": "L2V0Yw==", "encoding": "base64", "mode": 120000},
        ),
        ("file", {"path": "l", "content": "/etc/passwd", "encoding": "symlink"}),
    ):
        answer = commit(portal_server, {"key": key, "value": value})
        assert answer.status in (200, 400, 422), (key, answer.status)
    text = {"path": "link", "content": "L2V0Yy9wYXNzd2Q=", "encoding": "base64"}
    assert commit(portal_server, {"key": "file", "value": text}).status == 200
    for path in ("l", "link"):
        got = as_maker(portal_server, "GET", f"/maker/Names/resolve/main/{path}")
        assert b"root:" not in got.body
        assert got.status == 404 or got.body in (b"/etc/passwd", b"/etc")
    tree = as_maker(portal_server, "GET", "/api/models/maker/Names/tree/main").json()
    assert {item["type"] for item in tree} <= {"file", "directory"}
