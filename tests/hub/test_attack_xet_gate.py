"""Ways round the gate by Xet: its tokens, its addresses, proposals. Rows 9 to 11 of the table."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from models_registry.formats.xet import hashes, xorbs
from tests.hub.test_attack_xet import Cas, cas
from tests.support.client import HubClient
from tests.support.server import Server
from tests.support.xet import chunks_of, name_of, shard

REPO = "maker/xet-walled"


@pytest.fixture(scope="module")
def maker(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token)


@pytest.fixture(scope="module", autouse=True)
def published(maker: HubClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gated repo with weights; return their Xet hash, as its listing tells everybody."""
    folder: Path = tmp_path_factory.mktemp("walled")
    (folder / "model.safetensors").write_bytes(os.urandom(300_000))
    maker.call(f"HfApi().create_repo({REPO!r})")
    maker.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id={REPO!r})")
    maker.call(f"HfApi().update_repo_settings({REPO!r}, gated='manual')")
    (found,) = maker.call(f"[f.xet_hash for f in HfApi().list_repo_tree({REPO!r}) if f.xet_hash]")
    return str(found)


@contextmanager
def admitted(maker: HubClient, name: str) -> Iterator[None]:
    maker.call(f"HfApi().grant_access({REPO!r}, {name!r})")
    try:
        yield
    finally:
        maker.call(f"HfApi().reject_access_request({REPO!r}, {name!r}, rejection_reason='no')")


def proposer(server: Server) -> Cas:
    """Return the token with which the outsider may send what a pull request shall contain."""
    token = server.people.outsider.write_token
    answer = httpx2.get(
        f"{server.url}/api/models/{REPO}/xet-write-token/main?create_pr=1",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    return Cas(answer.json()["casUrl"], answer.json()["accessToken"])


@pytest.mark.attack(9)
def test_who_has_not_passed_the_gate_gets_no_token_to_read(portal_server: Server) -> None:
    answer = httpx2.get(
        f"{portal_server.url}/api/models/{REPO}/xet-read-token/main",
        headers={"Authorization": f"Bearer {portal_server.people.outsider.write_token}"},
    )
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")


@pytest.mark.attack(10)
def test_a_token_to_propose_reads_nothing(portal_server: Server, published: str) -> None:
    """The hash of a gated file is no secret: its listing says it."""
    guest = proposer(portal_server)
    for version in ("v1", "v2"):
        known = guest.ask("GET", f"/{version}/reconstructions/{published}")
        unknown = guest.ask("GET", f"/{version}/reconstructions/{'1' * 64}")
        assert known.status_code == unknown.status_code == 404
        assert known.content == unknown.content
    contents = chunks_of(os.urandom(100_000))
    assert guest.send_xorb(xorbs.packed(contents), name_of(*contents)) == 200
    assert guest.send_shard(shard(contents)) == {"type": "result", "result": 1}


@pytest.mark.attack(2)
def test_a_token_to_propose_does_not_tell_what_is_there(
    portal_server: Server, published: str, server_database
) -> None:
    from models_registry.models import XetChunk, XetFile

    with server_database():
        file = XetFile.objects.get(hash=hashes.from_text(published))
        xorb = file.xorbs.get().hash
        chunk = XetChunk.objects.filter(xorb=xorb).values_list("hash", flat=True)[0]
    guest = proposer(portal_server)
    assert guest.ask("GET", f"/v1/chunks/default/{hashes.to_text(chunk)}").status_code == 404
    path = f"/v1/xorb-grants/default/{hashes.to_text(xorb)}"
    assert guest.ask("POST", path).status_code == 404


@pytest.mark.attack(11)
def test_tokens_and_addresses_end_with_the_admission(
    portal_server: Server, maker: HubClient, published: str
) -> None:
    path = f"/v2/reconstructions/{published}"
    with admitted(maker, "outsider"):
        reader, guest = cas(portal_server, "outsider", REPO, "read"), proposer(portal_server)
        addresses = []
        for token in (reader, guest):
            ((entry,),) = token.ask("GET", path).json()["xorbs"].values()
            assert httpx2.get(entry["url"]).status_code == 200
            addresses.append(entry["url"])
    assert reader.ask("GET", path).status_code == 403
    assert guest.ask("GET", path).status_code == 404
    assert {httpx2.get(address).status_code for address in addresses} <= {403, 404}
