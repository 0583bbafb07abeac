"""Ways round the gate, none of which gives a byte. Rows 9 to 14 of the table of attacks."""

import json
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

SECRET = "the words behind the gate"


@pytest.fixture(scope="module", autouse=True)
def places(as_person: Callable[..., HubClient]) -> dict[str, str]:
    """A gated repo with the secret on a branch, a tag, a pull request and in an old commit."""
    maker, voter = as_person("maker"), as_person("voter")
    maker.call("HfApi().create_repo('walled')")
    put = f"HfApi().upload_file(path_or_fileobj={SECRET.encode()!r}, path_in_repo='config.json', "
    first = maker.call(put + "repo_id='maker/walled').oid")
    maker.call("HfApi().create_tag('maker/walled', tag='v1')")
    maker.call("HfApi().create_branch('maker/walled', branch='dev')")
    maker.call(
        f"HfApi().upload_file(path_or_fileobj={SECRET.encode()!r} * 4000, "
        "path_in_repo='big.bin', repo_id='maker/walled')"
    )
    pull = voter.call(
        "HfApi().create_commit('maker/walled', commit_message='m', create_pr=True, operations=["
        f"CommitOperationAdd('pr.txt', {SECRET.encode()!r})]).pr_num"
    )
    maker.call("HfApi().update_repo_settings('maker/walled', gated='manual')")
    return {"commit": first, "tag": "v1", "branch": "dev", "pull": f"refs%2Fpr%2F{pull}"}


def as_outsider(server: Server, method: str, path: str, **headers: str) -> httpx2.Response:
    headers["Authorization"] = f"Bearer {server.people.outsider.write_token}"
    return httpx2.request(method, server.url + path, headers=headers)


@pytest.mark.attack(9)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Range": "bytes=0-3"}, {"If-None-Match": "*"}, {"If-None-Match": "ETAG"},
     {"If-None-Match": "W/ETAG"}, {"If-Range": '"x"', "Range": "bytes=0-"},
     {"If-Range": "ETAG", "Range": "bytes=0-3"}],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["config.json", "big.bin"])
def test_no_header_opens_the_gate(
    portal_server: Server, method: str, path: str, headers: dict[str, str]
) -> None:
    """Also not the file's own ETag, which somebody who had access before still knows."""
    allowed = {"Authorization": f"Bearer {portal_server.people.maker.read_token}"}
    known = httpx2.head(f"{portal_server.url}/maker/walled/resolve/main/{path}", headers=allowed)
    etag = known.headers["ETag"]
    headers = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    answer = as_outsider(portal_server, method, f"/maker/walled/resolve/main/{path}", **headers)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert SECRET not in answer.text
    anonymous = httpx2.request(
        method, f"{portal_server.url}/maker/walled/resolve/main/{path}", headers=headers
    )
    assert (anonymous.status_code, anonymous.headers["X-Error-Code"]) == (401, "GatedRepo")


@pytest.mark.attack(10)
@pytest.mark.parametrize("revision", ["commit", "tag", "branch", "pull"])
def test_no_revision_is_a_back_door(
    portal_server: Server, places: dict[str, str], revision: str
) -> None:
    for door in ("resolve", "raw", "blob", "edit", "download", "archive"):
        for path in ("config.json", "pr.txt"):
            answer = as_outsider(
                portal_server, "GET", f"/maker/walled/{door}/{places[revision]}/{path}"
            )
            assert SECRET not in answer.text, door
            if door == "resolve":
                assert answer.headers["X-Error-Code"] == "GatedRepo"


@pytest.mark.attack(10)
@pytest.mark.parametrize(
    "path",
    ["/maker/walled.git/info/refs?service=git-upload-pack", "/maker/walled/info/refs",
     "/api/models/maker/walled/raw/main/config.json", "/api/resolve-cache/models/maker/walled",
     "/maker/walled/commit/main", "/search?q=words", "/api/models?search=words&full=true"],
)  # fmt: skip
def test_no_other_door_gives_the_words(portal_server: Server, path: str) -> None:
    assert SECRET not in as_outsider(portal_server, "GET", path).text


@pytest.mark.attack(10)
def test_lfs_downloads_are_gated_too(portal_server: Server) -> None:
    info = as_outsider(portal_server, "GET", "/api/models/maker/walled/tree/main").json()
    big = next(item for item in info if item["path"] == "big.bin")
    assert "lfs" in big
    answer = httpx2.post(
        f"{portal_server.url}/maker/walled.git/info/lfs/objects/batch",
        json={"operation": "download", "objects": [big["lfs"]]},
        headers={"Authorization": f"Bearer {portal_server.people.outsider.write_token}"},
    )
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")


@pytest.mark.attack(1, 10)
def test_a_published_hash_is_no_claim(portal_server: Server) -> None:
    """The tree of a gated repo tells hashes; a commit with one elsewhere must not get the bytes."""
    info = as_outsider(portal_server, "GET", "/api/models/maker/walled/tree/main").json()
    oid = next(item for item in info if item["path"] == "big.bin")["lfs"]["oid"]
    headers = {"Authorization": f"Bearer {portal_server.people.outsider.write_token}"}
    httpx2.post(f"{portal_server.url}/api/repos/create", json={"name": "grab"}, headers=headers)
    lines = [
        {"key": "header", "value": {"summary": "m"}},
        {"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": oid}},
    ]
    answer = httpx2.post(
        f"{portal_server.url}/api/models/outsider/grab/commit/main",
        content="\n".join(map(json.dumps, lines)),
        headers=headers | {"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 400


@pytest.mark.attack(13)
def test_a_pull_request_to_the_card_opens_nothing(
    portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    outsider = as_person("outsider")
    outsider.call(
        "HfApi().create_commit('maker/walled', commit_message='m', create_pr=True, "
        "operations=[CommitOperationAdd('README.md', b'---\\ngated: false\\n---\\n')])"
    )
    answer = as_outsider(portal_server, "GET", "/maker/walled/resolve/main/config.json")
    assert answer.status_code == 403


@pytest.mark.attack(13)
def test_a_copy_to_an_ungated_name_is_refused_or_stays_closed(portal_server: Server) -> None:
    """A pull request may not carry the gated file out as `LICENSE`, which anybody may read."""
    lines = [
        {"key": "header", "value": {"summary": "m"}},
        {"key": "copyFile", "value": {"path": "LICENSE", "srcPath": "config.json"}},
    ]
    answer = httpx2.post(
        f"{portal_server.url}/api/models/maker/walled/commit/main?create_pr=1",
        content="\n".join(map(json.dumps, lines)),
        headers={
            "Authorization": f"Bearer {portal_server.people.outsider.write_token}",
            "Content-Type": "application/x-ndjson",
        },
    )
    if answer.status_code == 200:
        number = answer.json()["pullRequestUrl"].rpartition("/")[2]
        got = as_outsider(
            portal_server, "GET", f"/maker/walled/resolve/refs%2Fpr%2F{number}/LICENSE"
        )
        assert SECRET not in got.text


@pytest.mark.attack(14)
def test_nothing_gated_may_be_kept_by_a_shared_cache(portal_server: Server) -> None:
    headers = {"Authorization": f"Bearer {portal_server.people.maker.read_token}"}
    for path in ("config.json", "big.bin"):
        answer = httpx2.get(
            f"{portal_server.url}/maker/walled/resolve/main/{path}", headers=headers
        )
        assert answer.status_code in (200, 302)
        assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.attack(11)
def test_who_lost_access_gets_nothing_for_what_they_kept(
    portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    """Neither the cached ETag nor the address from before is worth anything at the next request."""
    maker = as_person("maker")
    maker.call("HfApi().grant_access('maker/walled', 'reader_zh')")
    headers = {"Authorization": f"Bearer {portal_server.people.reader_zh.read_token}"}
    url = f"{portal_server.url}/maker/walled/resolve/main"
    before = httpx2.get(f"{url}/big.bin", headers=headers)
    small = httpx2.get(f"{url}/config.json", headers=headers)
    link = before.headers["Location"]
    assert (before.status_code, small.text) == (302, SECRET)
    assert httpx2.get(link).status_code == 200
    maker.call("HfApi().reject_access_request('maker/walled', 'reader_zh', rejection_reason='-')")
    for path, etag in (("big.bin", before), ("config.json", small)):
        for method in ("GET", "HEAD"):
            asked = headers | {"If-None-Match": etag.headers["ETag"]}
            answer = httpx2.request(method, f"{url}/{path}", headers=asked)
            assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    for asked in ({}, {"If-None-Match": before.headers["ETag"]}, {"Range": "bytes=0-9"}):
        answer = httpx2.get(link, headers=asked)
        assert answer.status_code == 403
        assert SECRET not in answer.text


@pytest.mark.attack(13)
def test_a_copy_of_the_repo_is_refused(portal_server: Server) -> None:
    headers = {"Authorization": f"Bearer {portal_server.people.outsider.write_token}"}
    answer = httpx2.post(
        f"{portal_server.url}/api/models/maker/walled/duplicate",
        json={"repository": "outsider/copied"},
        headers=headers,
    )
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    made = httpx2.get(f"{portal_server.url}/api/models/outsider/copied", headers=headers)
    assert made.status_code == 404
