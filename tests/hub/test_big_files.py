"""Files of 1 GB and of 10 GB: up by Xet, down by Xet and plainly, within the promised memory."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hub.test_xet import ONLY_XET
from tests.support.client import HubClient
from tests.support.memory import Peak
from tests.support.server import Server, serving

GB = 10**9
BLOCK = 10**8
MB = 10**6
HOURS = 3 * 3600


@pytest.fixture
def server(portal_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A portal of its own, whose files go when the test is over."""
    try:
        with serving(portal_template, tmp_path / "data") as found:
            yield found
    finally:
        shutil.rmtree(tmp_path, ignore_errors=True)


def weights(path: Path, size: int, seed: int = 0) -> str:
    """Write 16-bit floats (bf16) as a model has them; return their sha256."""
    rng, digest = np.random.default_rng([size, seed]), hashlib.sha256()
    with path.open("wb") as file:
        for _block in range(size // BLOCK):
            numbers = rng.standard_normal(BLOCK // 2, dtype="float32").view("uint32") >> 16
            content = numbers.astype("uint16").tobytes()
            digest.update(content)
            file.write(content)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.slow
def test_a_file_of_one_gigabyte(server: Server, tmp_path: Path) -> None:
    goes_up_and_down(server, tmp_path, GB)


@pytest.mark.big
def test_a_file_of_ten_gigabytes(server: Server, tmp_path: Path) -> None:
    goes_up_and_down(server, tmp_path, 10 * GB)


def goes_up_and_down(server: Server, folder: Path, size: int) -> None:
    source = folder / "source" / "model.safetensors"
    source.parent.mkdir()
    sha256 = weights(source, size)
    maker = HubClient(server, server.people.maker.write_token)
    with Peak(server) as peak:
        step("upload by Xet", size, lambda: upload(maker, source.parent))
        source.unlink()
        path = step("download by Xet", size, lambda: download(server, only_xet=True))
        assert sha256_of(path) == sha256
        path.unlink()
        path = step("download plainly", size, lambda: download(server, only_xet=False))
        assert sha256_of(path) == sha256
        path.unlink()
    print(f"RssAnon: worker {peak.worker / MB:.0f} MB, checker {peak.checker / MB:.0f} MB")
    assert peak.worker <= 150 * MB
    assert peak.checker <= 300 * MB


def step(name: str, size: int, deed: Callable[[], Any]) -> Any:
    started = time.monotonic()
    result = deed()
    seconds = time.monotonic() - started
    print(f"{name}: {size / GB:.0f} GB in {seconds:.0f} s, {size / MB / seconds:.0f} MB/s")
    return result


def upload(client: HubClient, folder: Path) -> None:
    client.python_code(
        "import sys\nfrom huggingface_hub import HfApi\nHfApi().create_repo('big', exist_ok=True)\n"
        "HfApi().upload_folder(folder_path=sys.argv[1], repo_id='maker/big')",
        str(folder),
        timeout=HOURS,
    )


def download(server: Server, *, only_xet: bool) -> Path:
    """Return where a machine that has nothing of it has put the file."""
    client = HubClient(server, server.people.voter.read_token, xet=only_xet)
    plainly = "import sys\nfrom huggingface_hub import snapshot_download\n"
    code = ONLY_XET if only_xet else plainly + "print(snapshot_download(sys.argv[1]))"
    printed = client.python_code(code, "maker/big", timeout=HOURS)
    folder = next(line for line in printed.splitlines() if line.startswith("/"))
    return (Path(folder) / "model.safetensors").resolve()
