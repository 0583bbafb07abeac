"""Large files by LFS: in with the stock client, out with resume, ranges and curl."""

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

SIZE = 12 * 2**20 + 17


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    client.call("HfApi().create_repo('large')")
    return client


@pytest.fixture(scope="module")
def weights(maker: HubClient) -> bytes:
    content = os.urandom(SIZE)
    path = maker.home / "weights.safetensors"
    path.write_bytes(content)
    maker.call(
        f"HfApi().upload_file(path_or_fileobj={str(path)!r}, path_in_repo='w.safetensors', "
        "repo_id='maker/large')"
    )
    return content


def test_up_and_down(maker: HubClient, weights: bytes) -> None:
    path = maker.call("hf_hub_download('maker/large', 'w.safetensors')")
    assert Path(path).read_bytes() == weights
    (info,) = maker.call("HfApi().get_paths_info('maker/large', ['w.safetensors'])")
    assert info["lfs"]["sha256"] == hashlib.sha256(weights).hexdigest()
    assert info["size"] == SIZE


def test_a_broken_download_goes_on_where_it_stopped(
    maker: HubClient, weights: bytes, tmp_path: Path
) -> None:
    digest = hashlib.sha256(weights).hexdigest()
    blobs = tmp_path / "models--maker--large" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{digest}.incomplete").write_bytes(weights[: SIZE // 2])
    code = f"hf_hub_download('maker/large', 'w.safetensors', cache_dir={str(tmp_path)!r})"
    assert Path(maker.call(code)).read_bytes() == weights


def test_curl_follows_to_the_bytes(maker: HubClient, weights: bytes, tmp_path: Path) -> None:
    url = f"{maker.server.url}/maker/large/resolve/main/w.safetensors"
    target = tmp_path / "w"
    subprocess.run(["curl", "-sSfL", "-o", target, url], check=True)
    assert target.read_bytes() == weights
    subprocess.run(["curl", "-sSfL", "-r", "100-199", "-o", target, url], check=True)
    assert target.read_bytes() == weights[100:200]


def test_head_tells_all_before_a_byte(maker: HubClient, weights: bytes) -> None:
    answer = httpx2.head(f"{maker.server.url}/maker/large/resolve/main/w.safetensors")
    assert answer.status_code == 302
    assert answer.headers["X-Linked-Etag"] == f'"{hashlib.sha256(weights).hexdigest()}"'
    assert answer.headers["X-Linked-Size"] == str(SIZE)
    assert len(answer.headers["X-Repo-Commit"]) == 40
    assert answer.headers["Location"].startswith(maker.server.content_url + "/content/")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_object_travels_by_lfs(maker: HubClient) -> None:
    code = (
        "HfApi().upload_file(path_or_fileobj=io.BytesIO(b'\\0' * 3000000), "
        "path_in_repo='object.bin', repo_id='maker/large').oid"
    )
    assert len(maker.call(code)) == 40


def test_a_copy_on_the_server(maker: HubClient, weights: bytes) -> None:
    maker.call(
        "HfApi().create_commit('maker/large', commit_message='m', operations=["
        "CommitOperationCopy(src_path_in_repo='w.safetensors', path_in_repo='c.safetensors')])"
    )
    sizes = maker.call(
        "{f.path: f.size for f in HfApi().get_paths_info('maker/large', "
        "['w.safetensors', 'c.safetensors'])}"
    )
    assert sizes == {"w.safetensors": SIZE, "c.safetensors": SIZE}


def test_a_folder_of_many_files(maker: HubClient, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number % 7}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 7}" / f"{number}.txt").write_text(str(number))
    (tmp_path / "weights.bin").write_bytes(os.urandom(100_000))
    maker.call("HfApi().create_repo('folder')")
    maker.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/folder')")
    assert len(maker.call("HfApi().list_repo_files('maker/folder')")) == 302
    folder = Path(maker.call("snapshot_download('maker/folder')"))
    assert (folder / "3" / "10.txt").read_text() == "10"


def test_the_cli_uploads_and_downloads(maker: HubClient, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "weights.safetensors").write_bytes(os.urandom(50_000))
    (tmp_path / "in" / "config.json").write_text("{}")
    maker.hf("upload", "maker/by-cli", str(tmp_path / "in"), ".", "--commit-message", "by hand")
    maker.hf("download", "maker/by-cli", "--local-dir", str(tmp_path / "out"))
    for name in ("weights.safetensors", "config.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_the_file_system_reads_and_writes(maker: HubClient, weights: bytes) -> None:
    code = "HfFileSystem().open('maker/large/w.safetensors').read(64).hex()"
    assert bytes.fromhex(maker.call(code)) == weights[:64]
    maker.call("HfFileSystem().pipe_file('maker/large/note.txt', b'written')")
    assert maker.call("HfFileSystem().cat_file('maker/large/note.txt').decode()") == "written"


def test_downloads_are_counted_once_a_day(
    maker: HubClient, weights: bytes, portal_server: Server
) -> None:
    token = portal_server.people.outsider.read_token
    url = f"{portal_server.url}/maker/large/resolve/main/"
    before = maker.call("HfApi().model_info('maker/large').downloads")
    for _again in range(3):
        for path in (".gitattributes", "w.safetensors"):
            httpx2.get(
                url + path, headers={"Authorization": f"Bearer {token}"}, follow_redirects=True
            )
            httpx2.head(url + path, headers={"Authorization": f"Bearer {token}"})
    assert maker.call("HfApi().model_info('maker/large').downloads") == before + 2
