"""GET and HEAD of members' bytes under signed addresses, from a real server."""

import datetime as dt
import hashlib
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from models_registry import refs, repos, revisions
from models_registry.revisions import AddFile
from portal.clock import shifted
from tests.factories import make_lfs
from tests.models_registry.transfer.conftest import CONTENT, ask

SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_the_whole_file_comes_as_it_was_sent(place, address) -> None:
    got = ask("GET", address(place.maker))
    assert (got.status, got.body) == (200, CONTENT)
    assert got["ETag"] == f'"{SHA256}"'
    assert got["Content-Length"] == str(len(CONTENT))
    assert got["Accept-Ranges"] == "bytes"


def test_head_says_what_get_would_and_sends_nothing(place, address) -> None:
    url = address(None)
    got, head = ask("GET", url), ask("HEAD", url)
    assert head.body == b""
    assert head.status == 200
    for name in ("Content-Length", "ETag", "Content-Type", "Content-Security-Policy"):
        assert head[name] == got[name]


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=2999990-", 2_999_990, 2_999_999),
        ("bytes=-5", 2_999_995, 2_999_999),
        ("bytes=5-99999999999", 5, 2_999_999),
        ("bytes=-99999999", 0, 2_999_999),
    ],
)
def test_a_range_is_answered_with_exactly_those_bytes(place, address, wanted, first, last) -> None:
    got = ask("GET", address(place.maker), Range=wanted)
    assert got.status == 206
    assert got.body == CONTENT[first : last + 1]
    assert got["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert got["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("wanted", ["bytes=3000000-", "bytes=99999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_416_with_the_size(place, address, wanted) -> None:
    got = ask("GET", address(place.maker), Range=wanted)
    assert (got.status, got["Content-Range"], got.body) == (416, "bytes */3000000", b"")


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "bytes=" + ",".join(["0-"] * 500), "items=0-5", "bytes=a-b", "bytes=9-5"],
)
def test_many_ranges_never_amplify(place, address, wanted) -> None:
    got = ask("GET", address(place.maker), Range=wanted)
    assert got.status == 200
    assert len(got.body) == len(CONTENT)


def test_if_range_with_another_etag_gives_the_whole_file(place, address) -> None:
    url = address(place.maker)
    same = ask("GET", url, Range="bytes=0-9", If_Range=f'"{SHA256}"')
    other = ask("GET", url, Range="bytes=0-9", If_Range='"other"')
    assert (same.status, len(same.body)) == (206, 10)
    assert (other.status, len(other.body)) == (200, len(CONTENT))


def test_a_known_etag_is_304_only_for_those_who_may_read(place, address) -> None:
    url = address(place.maker)
    assert ask("GET", url, If_None_Match=f'"{SHA256}"').status == 304
    theirs = address(place.outsider)
    repos.settle(place.repo, {"visibility": "private"}, by=place.maker)
    refused = ask("GET", theirs, If_None_Match=f'"{SHA256}"')
    assert refused.status in (401, 404)
    assert ask("GET", url).status == 200


def test_small_files_come_from_the_database(place, address) -> None:
    url = address(None, "notes/a.txt")
    assert ask("GET", url).body == b"hello\n"
    part = ask("GET", url, Range="bytes=1-3")
    assert (part.status, part.body, part["Content-Range"]) == (206, b"ell", "bytes 1-3/6")
    assert ask("GET", url, Range="bytes=6-").status == 416


def test_an_empty_file_is_empty(place, address) -> None:
    revisions.commit(
        place.repo, author=place.maker, operations=[AddFile("empty", b"")], summary="x"
    )
    got = ask("GET", address(None, "empty"))
    assert (got.status, got.body, got["Content-Length"]) == (200, b"", "0")


# --- what every answer carries ------------------------------------------------------------------
ACTIVE = ["a.html", "a.svg", "a.xml", "a.js", "a.pdf", "a.mht", "a.xhtml", "a.swf", "a", "a.css"]


@pytest.mark.parametrize("name", ACTIVE)
def test_active_files_are_downloads_that_can_run_nothing(place, address, name) -> None:
    content = b"<script>alert(1)</script>"
    operations = [AddFile(name, content)]
    revisions.commit(place.repo, author=place.maker, operations=operations, summary="x")
    url = address(place.maker, name)
    for asked in (url, url + "?response-content-type=text/html", url.rsplit("/", 1)[0] + "/x.html"):
        got = ask("GET", asked)
        assert got.body == content
        assert got["Content-Type"] == "application/octet-stream"
        assert got["Content-Disposition"].startswith("attachment")
        assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert got["X-Content-Type-Options"] == "nosniff"


def test_pictures_and_text_may_show(place, address) -> None:
    text = ask("GET", address(place.maker, "notes/a.txt"))
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" not in (text["Content-Disposition"] or "")
    assert text["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_names_in_the_address_cannot_split_a_header(place, address) -> None:
    base = address(place.maker).rsplit("/", 1)[0]
    for name in ("%0d%0aX-Evil:%201", "%22;x=%22", "%E6%A8%A1%E5%9E%8B.bin"):
        got = ask("GET", f"{base}/{name}")
        assert got["X-Evil"] is None
        assert got.status in (200, 400)


def test_no_cookie_is_read_and_none_is_set(place, address) -> None:
    got = ask("GET", address(place.maker), Cookie="commonhold_session=x; commonhold_csrf=y")
    assert got.status == 200
    assert got["Set-Cookie"] is None
    assert got["Cache-Control"] == "private, no-store"


def test_cors_names_the_pages_origin_without_credentials(place, address) -> None:
    for origin in (place.server.url, "https://evil.example", "null"):
        for method in ("GET", "OPTIONS"):
            got = ask(method, address(place.maker), Origin=origin)
            assert got["Access-Control-Allow-Origin"] == "*"
            assert got["Access-Control-Allow-Credentials"] is None


# --- what an address is worth -------------------------------------------------------------------
def test_a_changed_address_is_refused(place, address) -> None:
    url = address(place.maker)
    other = address(place.maker, "notes/a.txt")
    head, signed, name = url.rsplit("/", 2)
    payload, signature = signed.rsplit(":", 1)
    foreign = other.rsplit("/", 2)[1]
    for wrong in (
        signed[:-1],
        payload,
        payload + ":",
        f"{payload}:{foreign.rsplit(':', 1)[1]}",
        f"{foreign.rsplit(':', 1)[0]}:{signature}",
        signed[1:],
        "%00",
        ":",
    ):
        assert ask("GET", f"{head}/{wrong}/{name}").status in (403, 404), wrong


@pytest.mark.db
def test_an_address_lives_five_minutes(place, address) -> None:
    with shifted(-dt.timedelta(minutes=5, seconds=2)):
        old = address(place.maker)
    with shifted(-dt.timedelta(minutes=4, seconds=30)):
        young = address(place.maker)
    assert ask("GET", old).status == 403
    assert ask("GET", young).status == 200


def test_an_address_gives_only_what_it_was_made_for(place, address) -> None:
    url = address(place.maker)
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        assert ask(method, url, b"other").status in (403, 404, 405)
    assert ask("GET", url).body == CONTENT


def test_a_window_gives_no_other_bytes(place, address) -> None:
    url = address(place.maker, window=(100, 199))
    assert ask("GET", url, Range="bytes=100-199").body == CONTENT[100:200]
    for wanted in ("bytes=0-", "bytes=100-200", "bytes=99-199", "bytes=150-160"):
        assert ask("GET", url, Range=wanted).status == 403
    assert ask("GET", url).status == 403


def test_rights_are_asked_again_at_each_use(place, address) -> None:
    anonymous, theirs = address(None), address(place.outsider)
    assert ask("GET", anonymous).status == ask("GET", theirs).status == 200
    repos.settle(place.repo, {"visibility": "private"}, by=place.maker)
    assert ask("GET", anonymous).status in (401, 404)
    assert ask("GET", theirs).status == 404
    assert ask("GET", theirs, Range="bytes=0-9").status == 404


def test_the_gate_is_asked_again_at_each_use(place, address) -> None:
    theirs, anonymous = address(place.outsider), address(None)
    repos.settle(place.repo, {"gated": "manual"}, by=place.maker)
    for url, status in ((theirs, 403), (anonymous, 401)):
        for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": f'"{SHA256}"'}):
            got = ask("GET", url, **headers)
            assert (got.status, got["X-Error-Code"]) == (status, "GatedRepo")
            assert CONTENT[:8] not in got.body


def test_a_revision_that_lost_its_name_closes_its_addresses(place, address) -> None:
    refs.create_branch(place.repo, "dev", by=place.maker)
    operation = make_lfs(place.repo, place.maker, b"only on dev" * 1000)("dev.bin")
    revisions.commit(
        place.repo, author=place.maker, operations=[operation], summary="x", ref="refs/heads/dev"
    )
    url = address(place.maker, "dev.bin", rev="dev")
    assert ask("GET", url).status == 200
    refs.delete_branch(place.repo, "dev", by=place.maker)
    assert ask("GET", url).status == 403


def test_a_deleted_repo_closes_its_addresses(place, address) -> None:
    url = address(place.maker)
    repos.delete(place.repo, by=place.maker)
    assert ask("GET", url).status in (403, 404)


def test_a_revoked_token_closes_the_addresses_it_got(place, address) -> None:
    from portal import tokens

    token, _secret = tokens.issue(place.maker, name="t", role="read")
    url = address(place.maker, token=token)
    assert ask("GET", url).status == 200
    tokens.revoke(token, because="owner", by=place.maker)
    assert ask("GET", url).status == 403


def test_traversal_in_an_address_reaches_no_file(place) -> None:
    base = place.server.content_url
    for path in (
        "/content/../../etc/passwd",
        "/content/x/..%2f..%2f..%2fetc%2fpasswd",
        "/content/%2e%2e/%2e%2e",
        "/uploads/../../db.sqlite3",
        "/sha256/",
        "/incoming/",
        "//etc/passwd",
    ):
        got = ask("GET", base + path)
        assert got.status in (400, 403, 404, 405)
        assert b"root:" not in got.body


def test_one_connection_carries_many_files(place, address, portal_server) -> None:
    """The end of a transfer by sendfile is not the end of the connection."""
    connection = HTTPConnection("127.0.0.1", portal_server.content_port, timeout=30)
    socket = None
    for first in (0, 1_000):
        parts = urlsplit(address(place.maker))
        headers = {"Range": f"bytes={first}-", "Host": parts.netloc}
        connection.request("GET", parts.path, headers=headers)
        assert connection.getresponse().read() == CONTENT[first:]
        assert connection.sock is not None
        socket = socket or connection.sock
        assert connection.sock is socket
    connection.close()
    assert "UnsupportedOperation" not in (portal_server.data / "transfer.log").read_text()
