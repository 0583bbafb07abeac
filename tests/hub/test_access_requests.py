"""Asking for access and deciding about it, as script and as owner."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

CARD = (
    "---\nextra_gated_fields:\n  Affiliation: text\n  I agree: checkbox\n"
    "extra_gated_prompt: Be kind.\n---\n"
)


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> Iterator[HubClient]:
    client = as_person("maker")
    client.call("HfApi().create_repo('asked-for')")
    client.call(
        "HfApi().create_commit('maker/asked-for', commit_message='m', operations=["
        f"CommitOperationAdd('README.md', {CARD!r}.encode()), "
        "CommitOperationAdd('config.json', b'{}')])"
    )
    client.call("HfApi().update_repo_settings('maker/asked-for', gated='manual')")
    yield client


def ask(server: Server, name: str, **fields: str) -> httpx2.Response:
    token = getattr(server.people, name).read_token
    return httpx2.post(
        f"{server.url}/maker/asked-for/ask-access",
        data=fields,
        headers={"Authorization": f"Bearer {token}"},
    )


def content(server: Server, name: str) -> httpx2.Response:
    token = getattr(server.people, name).read_token
    return httpx2.get(
        f"{server.url}/maker/asked-for/resolve/main/config.json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_the_flow_of_a_request(maker: HubClient, portal_server: Server) -> None:
    assert "you have not asked for access" in content(portal_server, "voter").text
    answer = ask(portal_server, "voter", Affiliation="Commons", Smuggled="no")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{portal_server.url}/maker/asked-for"
    assert "awaits a review" in content(portal_server, "voter").text
    (request,) = maker.call("HfApi().list_pending_access_requests('maker/asked-for')")
    assert (request["username"], request["fields"]) == ("voter", {"Affiliation": "Commons"})
    assert request["email"] is None

    maker.call("HfApi().accept_access_request('maker/asked-for', 'voter')")
    assert content(portal_server, "voter").status_code == 200
    assert maker.fails("HfApi().accept_access_request('maker/asked-for', 'voter')").status == 404

    maker.call(
        "HfApi().reject_access_request('maker/asked-for', 'voter', rejection_reason='left us')"
    )
    refused = content(portal_server, "voter")
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert "was rejected: left us" in refused.text
    assert len(maker.call("HfApi().list_rejected_access_requests('maker/asked-for')")) == 1


def test_a_rejected_person_waits_and_may_ask_again(
    maker: HubClient, portal_server: Server, server_database: Callable
) -> None:
    assert ask(portal_server, "reader_zh").status_code == 303
    maker.call(
        "HfApi().reject_access_request('maker/asked-for', 'reader_zh', rejection_reason='why?')"
    )
    refused = ask(portal_server, "reader_zh")
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (409, "MustWait")
    from models_registry.models import AccessRequest

    with server_database():
        rows = AccessRequest.objects.filter(person__username="reader_zh", repo__name="asked-for")
        before = rows.get().may_ask_again_at - timedelta(days=31)
        rows.update(may_ask_again_at=before)
    assert ask(portal_server, "reader_zh").status_code == 303


def test_grant_and_its_errors(maker: HubClient, portal_server: Server) -> None:
    maker.call("HfApi().grant_access('maker/asked-for', 'moderator')")
    assert content(portal_server, "moderator").status_code == 200
    assert maker.fails("HfApi().grant_access('maker/asked-for', 'moderator')").status == 400
    assert maker.fails("HfApi().grant_access('maker/asked-for', 'nobody-here')").status == 404
    open_repo = maker.call("HfApi().create_repo('not-gated')")
    assert open_repo
    error = maker.fails("HfApi().list_pending_access_requests('maker/not-gated')")
    assert error.status == 400


def test_the_owner_needs_nobodys_approval(maker: HubClient, portal_server: Server) -> None:
    assert content(portal_server, "maker").status_code == 200


@pytest.mark.attack(12)
@pytest.mark.parametrize("deed", ["handle", "grant"])
def test_nobody_lets_themselves_in(maker: HubClient, portal_server: Server, deed: str) -> None:
    token = portal_server.people.outsider.write_token
    ask(portal_server, "outsider")
    answer = httpx2.post(
        f"{portal_server.url}/api/models/maker/asked-for/user-access-request/{deed}",
        json={"user": "outsider", "status": "accepted"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code in (403, 404)
    assert content(portal_server, "outsider").status_code == 403


def test_auto_gates_open_at_once(maker: HubClient, portal_server: Server) -> None:
    maker.call("HfApi().create_repo('auto-gated')")
    maker.call(
        "HfApi().upload_file(path_or_fileobj=b'x', path_in_repo='x', repo_id='maker/auto-gated')"
    )
    maker.call("HfApi().update_repo_settings('maker/auto-gated', gated='auto')")
    voter = HubClient(portal_server, portal_server.people.voter.read_token)
    assert voter.fails("hf_hub_download('maker/auto-gated', 'x')").kind == "GatedRepoError"
    assert voter.fails("HfApi().auth_check('maker/auto-gated')").kind == "GatedRepoError"
    httpx2.post(
        f"{portal_server.url}/maker/auto-gated/ask-access",
        headers={"Authorization": f"Bearer {voter.token}"},
    )
    assert voter.call("hf_hub_download('maker/auto-gated', 'x')").endswith("x")
    voter.call("HfApi().auth_check('maker/auto-gated')")
