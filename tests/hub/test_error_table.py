"""Every refusal becomes the exception that the client has for it, with our sentence in it.

The rows are those of `hf_raise_for_status`, in its order. Two of its rows have no state here yet:
a repo that is disabled, and more than one window's requests (`test_wire.py` has that one).
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.support.client import HubClient
from tests.support.server import Server

RAISE = (
    "__import__('huggingface_hub.utils', fromlist=['_']).hf_raise_for_status(get_session().request("
    "{method!r}, {url!r}, headers={headers!r}, content={content!r}))"
)


@dataclass(frozen=True)
class Row:
    """One request and what the client makes of its answer. `who`: of the cast, or ""."""

    path: str
    kind: str
    status: int
    says: str
    who: str = "maker"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    content: str = ""


FILE = "/maker/refusing/resolve/main/a.txt"
API = "/api/models/maker/refusing"
JSON = (("Content-Type", "application/json"),)
NDJSON = (("Content-Type", "application/x-ndjson"),)
STALE = (
    '{"key": "header", "value": {"summary": "m", "parentCommit": "'
    + "1" * 40
    + '"}}\n{"key": "file", "value": {"path": "x", "content": "eA=="}}'
)
LONG = '{"key": "header", "value": {"summary": "m"}}\n' + "x" * 15_000_000
ROWS = {
    "no such revision": Row(
        "/maker/refusing/resolve/no-such/a.txt",
        "RevisionNotFoundError",
        404,
        "Invalid rev id: no-such",
    ),
    "no such revision of the API": Row(
        f"{API}/tree/no-such", "RevisionNotFoundError", 404, "Invalid rev id: no-such"
    ),
    "no such file": Row(
        "/maker/refusing/resolve/main/none.txt", "RemoteEntryNotFoundError", 404, "Entry Not Found"
    ),
    "no such folder": Row(
        f"{API}/tree/main/none", "RemoteEntryNotFoundError", 404, "Entry Not Found"
    ),
    "behind the gate, nobody": Row(
        "/maker/gated/resolve/main/a.txt", "GatedRepoError", 401, "Sign in", who=""
    ),
    "behind the gate, somebody": Row(
        "/maker/gated/resolve/main/a.txt", "GatedRepoError", 403, "not asked for access", "voter"
    ),
    "behind the gate, asked about": Row(
        "/api/models/maker/gated/auth-check", "GatedRepoError", 403, "not asked", "voter"
    ),
    "missing, nobody": Row(
        "/maker/absent/resolve/main/a", "RepositoryNotFoundError", 401, "Invalid username", ""
    ),
    "missing, somebody": Row(
        "/api/models/maker/absent", "RepositoryNotFoundError", 404, "Repository Not Found"
    ),
    "private, somebody": Row(
        "/api/models/maker/private", "RepositoryNotFoundError", 404, "Repository Not Found", "voter"
    ),
    "without a namespace": Row(
        "/api/models/gpt2", "RepositoryNotFoundError", 404, "Repository Not Found"
    ),
    "a bad token": Row(
        API,
        "HfHubHTTPError",
        401,
        "Invalid credentials in Authorization header",
        headers=(("Authorization", "Bearer hf_wrong"),),
    ),
    "a job": Row("/api/jobs/maker/1", "HfHubHTTPError", 501, "models and datasets only"),
    "a bucket": Row("/api/buckets/maker/x", "HfHubHTTPError", 501, "models and datasets only"),
    "a bad body": Row(
        "/api/repos/create", "BadRequestError", 400, "not valid JSON", "maker", "POST", JSON, "{"
    ),
    "no right to it": Row(
        f"{API}/settings", "HfHubHTTPError", 403, "403 Forbidden", "voter", "PUT", JSON, "{}"
    ),
    "the main branch deleted": Row(
        f"{API}/branch/main", "HfHubHTTPError", 403, "cannot be deleted", method="DELETE"
    ),
    "a branch that is there": Row(
        f"{API}/branch/main",
        "HfHubHTTPError",
        409,
        "Reference refs/heads/main already exists",
        "maker",
        "POST",
        JSON,
        "{}",
    ),
    "a branch that is not": Row(
        f"{API}/branch/none",
        "RevisionNotFoundError",
        404,
        "Invalid rev id: refs/heads/none",
        method="DELETE",
    ),
    "a stale parent": Row(
        f"{API}/commit/main",
        "HfHubHTTPError",
        412,
        "The branch was updated since you opened this page. Please refresh and try again.",
        "maker",
        "POST",
        NDJSON,
        STALE,
    ),
    "a file that is too large": Row(
        f"{API}/commit/main", "HfHubHTTPError", 413, "10 MB", "maker", "POST", NDJSON, LONG
    ),
    "another media type": Row(
        "/api/repos/create",
        "HfHubHTTPError",
        415,
        "application/json",
        "maker",
        "POST",
        (("Content-Type", "text/plain"),),
        "{}",
    ),
    "behind the end": Row(
        FILE, "HfHubHTTPError", 416, "bytes */1", headers=(("Range", "bytes=5-"),)
    ),
    "a backslash": Row(
        f"{API}/commit/main",
        "HfHubHTTPError",
        422,
        "",
        "maker",
        "POST",
        NDJSON,
        '{"key": "header", "value": {"summary": "m"}}\n'
        '{"key": "file", "value": {"path": "..\\\\x", "content": "eA=="}}',
    ),
    "no such address": Row("/api/nothing/here", "HfHubHTTPError", 404, "no such address"),
    "another method": Row(API, "HfHubHTTPError", 405, "does not take this method", method="PUT"),
}


@pytest.fixture(scope="module", autouse=True)
def named(as_person: Callable[..., HubClient]) -> None:
    maker = as_person("maker")
    for name, settings in (
        ("refusing", ""),
        ("private", "private=True"),
        ("gated", "gated='manual'"),
    ):
        maker.call(f"HfApi().create_repo({name!r})")
        maker.call(
            "HfApi().upload_file(path_or_fileobj=b'a', path_in_repo='a.txt', "
            f"repo_id='maker/{name}')"
        )
        if settings:
            maker.call(f"HfApi().update_repo_settings('maker/{name}', {settings})")


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_every_refusal_is_its_exception(
    portal_server: Server, as_person: Callable[..., HubClient], row: Row
) -> None:
    headers = {"X-Amzn-Trace-Id": "trace-of-this-request"}
    if row.who:
        token = getattr(portal_server.people, row.who).write_token
        headers["Authorization"] = f"Bearer {token}"
    headers |= dict(row.headers)
    code = RAISE.format(
        method=row.method, url=portal_server.url + row.path, headers=headers, content=row.content
    )
    error = as_person("maker").fails(code)
    assert (error.kind, error.status) == (row.kind, row.status), error.text
    assert row.says in error.text
    assert "trace-of-this-request" in error.text
