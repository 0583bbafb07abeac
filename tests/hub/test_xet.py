"""The stock client with nothing but an endpoint and a token: up and down through Xet."""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

MB = 10**6
# The client's plain download is taken away: what still arrives came through Xet.
ONLY_XET = """
import sys
from huggingface_hub import file_download, snapshot_download
def http_get(*args, **kwargs):
    if kwargs.get("expected_size", 0) > 100_000:
        raise SystemExit("bytes by plain HTTP")
    return plain(*args, **kwargs)
plain, file_download.http_get = file_download.http_get, http_get
print(snapshot_download(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def client(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token)


@pytest.fixture
def fresh(portal_server: Server) -> Callable[..., HubClient]:
    """Return a machine that has never seen a file."""

    def machine(name: str = "maker", *, xet: bool = True) -> HubClient:
        token = getattr(portal_server.people, name).write_token
        return HubClient(portal_server, token, xet=xet)

    return machine


def stored() -> int:
    """Return the bytes of all xorbs."""
    from django.db.models import Sum

    from models_registry.models import Xorb

    return int(Xorb.objects.aggregate(n=Sum("size"))["n"] or 0)


def upload(client: HubClient, repo: str, folder: Path, **options: object) -> None:
    client.call(f"HfApi().create_repo({repo!r}, exist_ok=True)")
    client.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id={repo!r})")


def weights_in(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(content)
    return folder


@pytest.mark.usefixtures("on_server")
def test_large_files_go_up_as_chunks_and_only_as_chunks(client: HubClient, tmp_path: Path) -> None:
    from models_registry.models import RepoBlob, XetFile
    from models_registry.storage import opened, store

    weights = os.urandom(3 * MB)
    upload(client, "maker/by-xet", weights_in(tmp_path, weights))
    sha256 = hashlib.sha256(weights).hexdigest()
    assert XetFile.objects.filter(blob=sha256).count() == 1
    assert RepoBlob.objects.filter(blob=sha256, repo__key="maker/by-xet").exists()
    assert not store.has(sha256)
    with opened(sha256) as file:
        assert file.read() == weights
        file.seek(1_234_567)
        assert file.read(10) == weights[1_234_567:][:10]


def test_it_comes_down_as_chunks_and_by_plain_http(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    weights = np.random.default_rng(3).normal(size=700_000).astype("float32").tobytes()
    (tmp_path / "notes.md").write_text("small")
    upload(client, "maker/both-ways", weights_in(tmp_path, weights))
    by_chunks = Path(fresh().python_code(ONLY_XET, "maker/both-ways").strip())
    assert (by_chunks / "model.safetensors").read_bytes() == weights
    plainly = Path(fresh(xet=False).call("snapshot_download('maker/both-ways')"))
    assert (plainly / "model.safetensors").read_bytes() == weights
    part = "HfFileSystem().read_block('maker/both-ways/model.safetensors', 1_000_001, 77_777)"
    read = f"__import__('hashlib').sha256({part}).hexdigest()"
    assert client.call(read) == hashlib.sha256(weights[1_000_001:][:77_777]).hexdigest()


def test_what_came_by_lfs_still_comes_down(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    weights = os.urandom(MB)
    upload(fresh(xet=False), "maker/by-lfs", weights_in(tmp_path, weights))
    folder = Path(fresh().call("snapshot_download('maker/by-lfs')"))
    assert (folder / "model.safetensors").read_bytes() == weights


@pytest.mark.usefixtures("on_server")
def test_a_fine_tune_sends_what_is_new(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    sends_what_is_new(client, fresh(), tmp_path, size=20 * MB, most=0.17)


@pytest.mark.slow
@pytest.mark.usefixtures("on_server")
def test_a_large_fine_tune_sends_what_is_new(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    sends_what_is_new(client, fresh(), tmp_path, size=200 * MB, most=0.12)


def sends_what_is_new(
    client: HubClient, other: HubClient, folder: Path, *, size: int, most: float
) -> None:
    """Nine tenths are the base's; sent from another machine, which has to ask the server."""
    base = os.urandom(size)
    tuned = base[: size // 2] + os.urandom(size // 10) + base[size // 2 + size // 10 :]
    upload(client, f"maker/base-{size}", weights_in(folder / "base", base))
    before = stored()
    assert before >= size
    upload(other, f"maker/tuned-{size}", weights_in(folder / "tuned", tuned))
    assert 0.1 <= (stored() - before) / size <= most
    upload(other, f"maker/again-{size}", weights_in(folder / "tuned", tuned))
    assert (stored() - before) / size <= most


def test_many_files_and_a_proposal(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    for number in range(60):
        (tmp_path / f"{number}.bin").write_bytes(os.urandom(30_000))
    upload(client, "maker/many", tmp_path)
    guest = fresh("outsider")
    (tmp_path / "0.bin").write_bytes(changed := os.urandom(30_000))
    pull = guest.call(
        f"HfApi().upload_file(path_or_fileobj={str(tmp_path / '0.bin')!r}, path_in_repo='0.bin', "
        "repo_id='maker/many', create_pr=True).pr_num"
    )
    path = guest.call(f"hf_hub_download('maker/many', '0.bin', revision='refs/pr/{pull}')")
    assert Path(path).read_bytes() == changed
    folder = Path(fresh("outsider").call("snapshot_download('maker/many')"))
    assert (folder / "59.bin").read_bytes() == (tmp_path / "59.bin").read_bytes()
    assert (folder / "0.bin").read_bytes() != changed


@pytest.mark.usefixtures("on_server")
def test_a_killed_upload_goes_on_where_it_was(
    client: HubClient, fresh: Callable[..., HubClient], tmp_path: Path
) -> None:
    """The xorbs that arrived before the client died are not sent again."""
    weights_in(tmp_path, os.urandom(150 * MB))
    client.call("HfApi().create_repo('maker/killed')")
    call = f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/killed')"
    kill_when(fresh(), call, lambda: bool(arrived("killed")))
    there = arrived("killed")
    fresh().call(call)
    now = arrived("killed")
    assert there.items() < now.items(), "each xorb is the very file of before"


def arrived(name: str) -> dict[bytes, int]:
    """Return the xorbs that were sent to a repo, and the number of the file each is kept in."""
    from models_registry.models import Repo, XorbSent
    from models_registry.storage import store, xorb_store

    repo = Repo.objects.get(name=name)
    waiting = (store.root / "arrivals").glob(f"{repo.pk}-*")
    found = {bytes.fromhex(path.name.split("-")[-1]): path for path in waiting}
    sent = XorbSent.objects.filter(repo=repo).values_list("xorb", flat=True)
    found |= {xorb: xorb_store.path(xorb) for xorb in sent}
    return {xorb: path.stat().st_ino for xorb, path in found.items()}


def kill_when(client: HubClient, expression: str, condition: Callable[[], bool]) -> None:
    """Let a machine run `expression`, and pull its plug once `condition` holds."""
    code = f"from huggingface_hub import *; {expression}"
    process = subprocess.Popen([client.python, "-c", code], env=client.environment)
    try:
        deadline = time.monotonic() + 120
        while not condition():
            assert process.poll() is None, "the upload was over before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
