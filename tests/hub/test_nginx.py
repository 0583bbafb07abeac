"""nginx before the transfer side, as `deploy/nginx.conf` has it: it moves bytes, we ask rights."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from models_registry.formats.xet import hashes, xorbs
from tests.hub.test_attack_xet import cas
from tests.support import nginx
from tests.support.client import HubClient
from tests.support.server import Server, free_port, serving
from tests.support.xet import chunks_of, name_of


@pytest.fixture(scope="module")
def server(portal_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    extra, port = nginx.environment()
    folder = tmp_path_factory.mktemp("behind-nginx")
    with (
        serving(portal_template, folder / "data", **extra) as found,
        nginx.before(found, folder / "nginx", free_port(), port),
    ):
        yield found


@pytest.fixture(scope="module")
def weights(server: Server, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("weights")
    (folder / "model.safetensors").write_bytes(content := os.urandom(3_000_000))
    client = machine(server)
    client.call("HfApi().create_repo('fronted')")
    client.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id='maker/fronted')")
    return content


def machine(server: Server, *, xet: bool = True) -> HubClient:
    return HubClient(server, server.people.maker.write_token, xet=xet)


def test_files_go_up_and_come_down_by_xet_and_plainly(server: Server, weights: bytes) -> None:
    for xet in (True, False):
        folder = Path(machine(server, xet=xet).call("snapshot_download('maker/fronted')"))
        assert (folder / "model.safetensors").read_bytes() == weights
    assert not list((server.data / "content" / "incoming" / "nginx").glob("*"))


def test_nginx_sends_ranges_of_xorbs(server: Server, weights: bytes) -> None:
    reader = cas(server, "maker", "maker/fronted", "read")
    ((xet_hash,),) = [
        machine(server).call(
            "[f.xet_hash for f in HfApi().list_repo_tree('maker/fronted') if f.lfs]"
        )
    ]
    told = reader.ask("GET", f"/v2/reconstructions/{xet_hash}", Range="bytes=0-99").json()
    ((entry,),) = told["xorbs"].values()
    span = entry["ranges"][0]["bytes"]
    part = httpx2.get(entry["url"], headers={"Range": f"bytes={span['start']}-{span['end']}"})
    assert part.status_code == 206
    assert part.headers["Server"].startswith("nginx")
    assert len(part.content) == span["end"] - span["start"] + 1
    assert httpx2.get(entry["url"]).content == part.content  # without a range, the same bytes
    wider = {"Range": f"bytes={span['start']}-{span['end'] + 1}"}
    assert httpx2.get(entry["url"], headers=wider).status_code == 416


def test_nginx_sends_whole_files_with_our_headers(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(content := os.urandom(1_000_000))
    client = machine(server, xet=False)
    client.call("HfApi().create_repo('fronted-lfs')")
    client.call(
        f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/fronted-lfs')"
    )
    url = f"{server.url}/maker/fronted-lfs/resolve/main/w.bin"
    whole = httpx2.get(url, follow_redirects=True)
    assert whole.content == content
    etag = httpx2.head(url).headers["ETag"]
    for name, value in {
        "ETag": etag,
        "X-Linked-Etag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'attachment; filename="w.bin"',
    }.items():
        assert whole.headers[name] == value
    part = httpx2.get(url, headers={"Range": "bytes=3-9"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, content[3:10])
    assert part.headers["Content-Range"] == "bytes 3-9/1000000"
    several = httpx2.get(url, headers={"Range": "bytes=0-1,5-6"}, follow_redirects=True)
    assert (several.status_code, several.content) == (200, content)


def test_the_stored_files_have_no_address_of_their_own(server: Server, weights: bytes) -> None:
    stored = next((server.data / "content" / "xorbs").glob("??/??/*"))
    path = stored.relative_to(server.data / "content")
    url = server.environment["COMMONHOLD_CONTENT_URL"]
    assert httpx2.get(f"{url}/_stored/{path}").status_code == 404


@pytest.mark.parametrize("key", ["", "wrong", nginx.KEY])
def test_a_client_names_no_file_of_ours(server: Server, weights: bytes, key: str) -> None:
    """What is in the spool is somebody's upload: naming it is no way to have it."""
    contents = chunks_of(os.urandom(50_000))
    raw, name = xorbs.packed(contents), name_of(*contents)
    waiting = server.data / "content" / "incoming" / "nginx" / "0000000099"
    waiting.write_bytes(raw)
    told = {"X-Body-File": str(waiting), "X-Nginx-Key": key}
    token = cas(server, "maker", "maker/fronted")
    path = f"/v1/xorbs/default/{hashes.to_text(name)}"
    try:
        assert token.ask("POST", path, b"", **told).status_code == 400
        if key != nginx.KEY:  # past nginx, at the portal itself
            there = f"http://localhost:{server.content_port}/xet{path}"
            headers = {"Authorization": f"Bearer {token.token}", **told}
            assert httpx2.post(there, headers=headers).status_code == 400
        assert waiting.read_bytes() == raw
    finally:
        waiting.unlink(missing_ok=True)


def test_a_lying_xorb_leaves_nothing_in_the_spool(server: Server, weights: bytes) -> None:
    token = cas(server, "maker", "maker/fronted")
    assert token.send_xorb(os.urandom(3000), os.urandom(32)) == 400
    assert not list((server.data / "content" / "incoming" / "nginx").glob("*"))
