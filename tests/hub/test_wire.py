"""What answers look like on the wire: pages, ranges, conditions, redirects, limits, warnings.

Asked of the handler in this process; the real server and client are in the files beside this one.
"""

import datetime as dt
import json
import re
from typing import Any

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status
from huggingface_hub.utils._http import parse_ratelimit_headers

from models_registry import refs, repos, revisions
from models_registry.gate import requests
from models_registry.hub_api.limits import windows
from models_registry.models import Repo
from portal import tokens
from portal.agreements.models import DocumentVersion, Kind
from portal.agreements.publishing import Text, publish
from portal.clock import db_now
from portal.people.models import Person
from tests.factories import PersonFactory
from tests.support import documents
from tests.support.wsgi import Answer, hub_request

TEXT = b"0123456789"


@pytest.fixture
def token(maker: Person) -> str:
    return tokens.issue(maker, name="t", role="write")[1]


@pytest.fixture
def repo(maker: Person) -> Repo:
    """`maker/paged`: five files, four commits, three access requests."""
    made = repos.create(maker.namespace, "paged", by=maker)
    for number in range(3):
        revisions.commit(
            made,
            author=maker,
            operations=[revisions.AddFile(f"d/{number}.txt", TEXT * (number + 1))],
            summary=f"number {number}",
        )
    more = [revisions.AddFile("ten.txt", TEXT), revisions.AddFile("empty.txt", b"")]
    revisions.commit(made, author=maker, operations=more, summary="more")
    return made


def followed(path: str, token: str) -> list[Any]:
    """Return what all pages hold, going only where `Link` says, as the client does."""
    found: list[Any] = []
    for _page in range(20):
        answer = hub_request("GET", path, token=token)
        assert answer.status == 200, answer.body
        found += json.loads(answer.body)
        if "Link" not in answer.headers:
            return found
        link = re.fullmatch(r'<(http://localhost:8000)(/.*)>; rel="next"', answer.headers["Link"])
        assert link is not None, answer.headers["Link"]
        path = link.group(2)
    raise AssertionError("the pages do not end")


# --- pages --------------------------------------------------------------------------------------
def test_lists_go_on_where_the_link_says(maker: Person, token: str) -> None:
    for number in range(5):
        repos.create(maker.namespace, f"listed-{number}", by=maker)
    for order in ("lastModified", "createdAt", "downloads"):
        path = f"/api/models?author=maker&search=listed&limit=2&sort={order}&full=true"
        found = followed(path, token)
        names = [item["id"] for item in found]
        assert sorted(names) == [f"maker/listed-{number}" for number in range(5)]
        assert all("siblings" in item or "cardData" in item for item in found), order


def test_a_tree_goes_on_where_the_link_says(repo: Repo, token: str) -> None:
    where = "/api/models/maker/paged/tree/main?recursive=true&limit=2"
    paths = [item["path"] for item in followed(where, token)]
    names = ["d", "d/0.txt", "d/1.txt", "d/2.txt"]
    assert paths == [".gitattributes", *names, "empty.txt", "ten.txt"]


def test_commits_go_on_where_the_link_says(repo: Repo, token: str) -> None:
    titles = [c["title"] for c in followed("/api/models/maker/paged/commits/main?limit=2", token)]
    assert titles == ["more", "number 2", "number 1", "number 0", "initial commit"]


def test_access_requests_go_on_where_the_link_says(repo: Repo, token: str, maker: Person) -> None:
    repos.settle(repo, {"gated": "manual"}, by=maker)
    people = PersonFactory.create_batch(5)
    for person in people:
        requests.ask(repo, person, fields={})
    where = "/api/models/maker/paged/user-access-request/pending?limit=2"
    found = [row["user"]["user"] for row in followed(where, token)]
    assert sorted(found) == sorted(person.username for person in people)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1e9", "%D9%A3"])
def test_a_page_has_a_size(repo: Repo, token: str, limit: str) -> None:
    where = f"/api/models/maker/paged/commits/main?limit={limit}"
    assert hub_request("GET", where, token=token).status == 400


# --- ranges and conditions ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=3-", 206, b"3456789", "bytes 3-9/10"),
        ("bytes=8-100", 206, b"89", "bytes 8-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-100", 206, TEXT, "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-4", 200, TEXT, None),  # not a range at all
        ("bytes=0-1,3-4", 200, TEXT, None),  # several: the whole file
        ("items=0-1", 200, TEXT, None),
        ("bytes=", 200, TEXT, None),
        ("bytes=one-two", 200, TEXT, None),
        (f"bytes={'9' * 30}-", 200, TEXT, None),
    ],
)
def test_ranges(repo: Repo, asked: str, status: int, body: bytes, said: str | None) -> None:
    where = "/maker/paged/resolve/main/ten.txt"
    answer = hub_request("GET", where, Range=asked)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.get("Content-Range") == said
    assert answer.headers["Content-Length"] == str(len(body))
    head = hub_request("HEAD", where, Range=asked)
    assert (head.status, head.body) == (status, b"")
    assert comparable(head) == comparable(answer)


def comparable(answer: Answer) -> dict[str, str]:
    changing = {"X-Request-Id", "RateLimit"}
    return {name: value for name, value in answer.headers.items() if name not in changing}


def test_an_empty_file_has_no_range(repo: Repo) -> None:
    where = "/maker/paged/resolve/main/empty.txt"
    whole = hub_request("GET", where)
    assert (whole.status, whole.headers["Content-Length"]) == (200, "0")
    part = hub_request("GET", where, Range="bytes=0-")
    assert (part.status, part.headers["Content-Range"]) == (416, "bytes */0")


def test_a_part_of_another_version_is_not_given(repo: Repo, maker: Person) -> None:
    where = "/maker/paged/resolve/main/ten.txt"
    etag = hub_request("GET", where).headers["ETag"]
    kept = hub_request("GET", where, Range="bytes=5-", If_Range=etag)
    assert (kept.status, kept.body) == (206, b"56789")
    change = [revisions.AddFile("ten.txt", b"abcdefghij")]
    revisions.commit(repo, author=maker, operations=change, summary="changed")
    anew = hub_request("GET", where, Range="bytes=5-", If_Range=etag)
    assert (anew.status, anew.body) == (200, b"abcdefghij")


@pytest.mark.parametrize(
    ("known", "status"),
    [("ETAG", 304), ("W/ETAG", 304), ('"other", ETAG', 304), ("*", 304), ('"other"', 200)],
)
def test_who_has_it_is_told_so(repo: Repo, known: str, status: int) -> None:
    where = "/maker/paged/resolve/main/ten.txt"
    etag = hub_request("GET", where).headers["ETag"]
    answer = hub_request("GET", where, If_None_Match=known.replace("ETAG", etag))
    assert answer.status == status
    assert answer.headers["ETag"] == etag
    assert answer.headers["X-Repo-Commit"] == repo.head_oid
    assert (answer.body == b"") == (status == 304)


def test_only_what_never_changes_may_be_kept(repo: Repo, maker: Person, token: str) -> None:
    by_name = hub_request("GET", "/maker/paged/resolve/main/ten.txt")
    assert by_name.headers["Cache-Control"] == "private, no-store"
    by_commit = f"/maker/paged/resolve/{repo.head_oid}/ten.txt"
    assert "immutable" in hub_request("GET", by_commit).headers["Cache-Control"]
    repos.settle(repo, {"visibility": "private"}, by=maker)
    private = hub_request("GET", by_commit, token=token)
    assert (private.status, private.headers["Cache-Control"]) == (200, "private, no-store")


# --- redirects ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [
        "/api/models/{}",
        "/api/models/{}?expand=sha&expand=tags",
        "/api/models/{}/tree/main/d?recursive=true",
        "/api/models/{}/revision/refs%2Fpr%2F1",
        "/{}/resolve/main/ten.txt",
        "/{}/resolve/main/maker/paged/x.txt",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("asked", ["maker/paged", "MAKER/Moved"])
def test_what_moved_is_found_again(
    repo: Repo, maker: Person, path: str, method: str, asked: str
) -> None:
    repos.move(repo, maker.namespace, "moved", by=maker)
    answer = hub_request(method, path.format(asked))
    assert answer.status == 307
    there = path.replace("{}", "maker/moved", 1)
    assert answer.headers["Location"] == f"http://localhost:8000{there}"


def test_a_data_set_moves_below_its_prefix(maker: Person) -> None:
    made = repos.create(maker.namespace, "words", by=maker, kind="dataset")
    repos.move(made, maker.namespace, "more-words", by=maker)
    answer = hub_request("GET", "/datasets/maker/words/resolve/main/README.md")
    there = "/datasets/maker/more-words/resolve/main/README.md"
    assert answer.headers["Location"] == f"http://localhost:8000{there}"
    assert hub_request("GET", "/maker/words/resolve/main/README.md").status == 401


# --- limits -------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_who_asks_too_much_is_told_how_long_to_wait(settings) -> None:
    settings.HUB_RATE_LIMITS = {"api": 2, "resolvers": 2, "anonymous": 2}
    windows.counts.clear()
    answers = [hub_request("GET", "/api/models") for _ in range(3)]
    windows.counts.clear()
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == [
        "r=1",
        "r=0",
        "r=0",
    ]
    told = httpx2.Headers(answers[-1].headers)
    limit = parse_ratelimit_headers(told)
    assert limit is not None
    assert (limit.resource_type, limit.remaining) == ("api", 0)
    assert (limit.limit, limit.window_seconds) == (2, 300)
    assert 0 < limit.reset_in_seconds <= 300
    assert limit.reset_in_seconds < int(told["Retry-After"]) <= limit.reset_in_seconds + 1
    with pytest.raises(HfHubHTTPError, match="429 Too Many Requests"):
        hf_raise_for_status(client_response(answers[-1]))


# --- warnings -----------------------------------------------------------------------------------
@pytest.fixture
def new_norms(maker: Person) -> DocumentVersion:
    """Norms whose second version the maker may still write under, and their first, accepted."""
    first = publish("norms", Kind.NORMS, "1", {"en": Text("House norms", "Be kind.")})
    documents.accepted(maker, first)
    until = db_now() + dt.timedelta(days=9)
    text = {"en": Text("House norms", "Be kind, and say why.")}
    return publish("norms", Kind.NORMS, "2", text, grace_until=until)


def test_new_norms_are_told_in_the_terminal(
    maker: Person, token: str, new_norms: DocumentVersion, repo: Repo, caplog
) -> None:
    body = json.dumps({"files": [{"path": "x", "size": 1, "sample": ""}]}).encode()
    where = "/api/models/maker/paged/preupload/main"
    asked = hub_request("POST", where, token=token, body=body, content_type="application/json")
    for answer in (hub_request("GET", "/api/whoami-v2", token=token), asked):
        assert answer.status == 200, answer.body
        hf_raise_for_status(client_response(answer))
    assert new_norms.grace_until is not None
    (printed,) = [record.getMessage() for record in caplog.records]  # once a topic
    assert printed.startswith("House norms, version 2: read and accept it at http://localhost:8000")
    assert new_norms.grace_until.date().isoformat() in printed
    documents.accepted(maker, new_norms)
    assert "X-HF-Warning" not in hub_request("GET", "/api/whoami-v2", token=token).headers


def client_response(answer: Answer) -> httpx2.Response:
    return httpx2.Response(
        answer.status,
        headers=answer.headers,
        content=answer.body,
        request=httpx2.Request("GET", "http://localhost:8000/api/models"),
    )


def test_branches_named_like_paths_are_one_segment(repo: Repo, maker: Person) -> None:
    refs.create_branch(repo, "feat/d", by=maker)
    quoted = hub_request("GET", "/maker/paged/resolve/feat%2Fd/ten.txt")
    assert (quoted.status, quoted.body) == (200, TEXT)
    assert hub_request("GET", "/maker/paged/resolve/feat/d/ten.txt").status == 404
