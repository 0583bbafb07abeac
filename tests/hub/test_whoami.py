"""Who the token speaks for, asked with the real client and with curl."""

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server


@pytest.fixture
def maker(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token)


def test_client_learns_who_it_is(maker: HubClient) -> None:
    me = maker.call("HfApi().whoami()")
    assert (me["name"], me["type"], me["auth"]["accessToken"]["role"]) == ("maker", "user", "write")


def test_cli_says_who_it_is(maker: HubClient) -> None:
    assert "maker" in maker.hf("auth", "whoami").stdout


def test_a_bad_token_is_named_as_such(portal_server: Server) -> None:
    stranger = HubClient(portal_server, "hf_no_such_token")
    error = stranger.fails("HfApi().model_info('nobody/nothing')")
    assert error.kind == "HfHubHTTPError"
    assert "Invalid credentials in Authorization header" in error.text


def test_error_headers_are_what_the_client_reads(portal_server: Server) -> None:
    answer = httpx2.get(
        f"{portal_server.url}/api/models/nobody/nothing", headers={"X-Amzn-Trace-Id": "trace-7"}
    )
    assert answer.status_code == 401
    assert answer.headers["X-Error-Code"] == "RepoNotFound"
    assert answer.headers["X-Request-Id"] == "trace-7"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.json()["error"] == "Invalid username or password."


@pytest.mark.parametrize(
    "path",
    ["api/spaces", "api/spaces/a/b", "api/jobs/x", "api/buckets/a/b", "api/scheduled-jobs/x",
     "api/papers/search", "api/daily_papers", "api/collections", "api/settings/webhooks",
     "spaces/a/b/resolve/main/app.py", "spaces/a/b.git/info/refs"],
)  # fmt: skip
def test_what_is_not_here_says_so(portal_server: Server, path: str) -> None:
    answer = httpx2.get(f"{portal_server.url}/{path}")
    assert answer.status_code == 501
    assert "models and datasets" in answer.headers["X-Error-Message"]
