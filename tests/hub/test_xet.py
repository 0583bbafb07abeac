"""The stock client with nothing but an endpoint and a token: up and down through Xet."""

import os
from pathlib import Path

import pytest

from tests.support.client import HubClient
from tests.support.server import Server


@pytest.fixture(scope="module")
def client(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token)


def test_a_folder_goes_up_and_comes_back(client: HubClient, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(weights := os.urandom(3_000_000))
    client.call("HfApi().create_repo('maker/by-xet')")
    client.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/by-xet')")
    folder = Path(client.call("snapshot_download('maker/by-xet')"))
    assert (folder / "model.safetensors").read_bytes() == weights
    plain = HubClient(client.server, client.token, xet=False)
    folder = Path(plain.call("snapshot_download('maker/by-xet')"))
    assert (folder / "model.safetensors").read_bytes() == weights
