"""The clients people have: one round with each version, in an environment of its own.

Environments are made once under `var/clients/` by pip and kept; where the package index cannot
be reached the test is skipped with that reason.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.client import HubClient
from tests.support.server import Server

VERSIONS = {
    "0.36.2": ["huggingface_hub==0.36.2", "Jinja2"],
    "1.33.0": ["huggingface_hub==1.33.0", "Jinja2"],
}
FOLDER = Path(settings.BASE_DIR) / "var" / "clients"


def environment(version: str) -> str:
    """Return the Python of an environment with this client in it; made if it is not there."""
    folder = FOLDER / version
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return str(python)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *VERSIONS[version]], capture_output=True, text=True, timeout=600)
    if done.returncode:
        pytest.skip(f"huggingface_hub {version} cannot be installed: {done.stderr[-200:]}")
    (folder / "complete").touch()
    return str(python)


@pytest.fixture(scope="module", params=["2.4.0", *VERSIONS])
def client(request: pytest.FixtureRequest, portal_server: Server) -> Iterator[HubClient]:
    version = request.param
    python = sys.executable if version == "2.4.0" else environment(version)
    machine = HubClient(
        portal_server, portal_server.people.maker.write_token, python=python, xet=False
    )
    assert machine.call("__import__('huggingface_hub').__version__") == version
    yield machine


@pytest.mark.slow
def test_a_round_with_each_client(client: HubClient, tmp_path: Path) -> None:
    version = client.call("__import__('huggingface_hub').__version__")
    repo = f"maker/client-{version.replace('.', '-')}"
    (tmp_path / "sub").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "sub" / "weights.safetensors").write_bytes(weights := os.urandom(2_000_000))
    client.call(f"HfApi().create_repo({repo!r}, private=True)")
    assert client.call(f"HfApi().create_repo({repo!r}, exist_ok=True).repo_id") == repo
    client.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id={repo!r})")
    assert client.call(f"sorted(HfApi().list_repo_files({repo!r}))") == [
        ".gitattributes",
        "config.json",
        "sub/weights.safetensors",
    ]
    folder = Path(client.call(f"snapshot_download({repo!r})"))
    assert (folder / "sub" / "weights.safetensors").read_bytes() == weights
    client.call(f"HfApi().create_branch({repo!r}, branch='feat/x')")
    client.call(
        f"HfApi().upload_file(path_or_fileobj=b'1', path_in_repo='n', repo_id={repo!r}, "
        "revision='feat/x')"
    )
    client.call(f"HfApi().create_tag({repo!r}, tag='v1', revision='feat/x')")
    refs = client.call(f"HfApi().list_repo_refs({repo!r})")
    assert [tag["name"] for tag in refs["tags"]] == ["v1"]
    assert client.call(f"[c.title for c in HfApi().list_repo_commits({repo!r})]")
    client.call(f"HfApi().delete_file('config.json', {repo!r})")
    error = client.fails(f"hf_hub_download({repo!r}, 'config.json')")
    assert "EntryNotFoundError" in error.bases
    card = "---\nlicense: mit\n---\n"
    client.call(
        f"HfApi().upload_file(path_or_fileobj={card!r}.encode(), path_in_repo='README.md', "
        f"repo_id={repo!r})"
    )
    if version == "2.4.0":  # the older ones validate at huggingface.co whatever the endpoint
        client.call(f"metadata_update({repo!r}, {{'tags': ['x']}})")
    assert client.call(f"HfApi().model_info({repo!r}).card_data.license") == "mit"
    pull = client.call(
        f"HfApi().upload_file(path_or_fileobj=b'2', path_in_repo='p', repo_id={repo!r}, "
        "create_pr=True).pr_num"
    )
    assert client.call(f"file_exists({repo!r}, 'p', revision='refs/pr/{pull}')") is True
    found = client.call("[m.id for m in HfApi().list_models(author='maker', limit=500)]")
    assert repo in found
    assert client.call(f"HfFileSystem().cat_file('{repo}/n', revision='v1').decode()") == "1"
    client.call(f"HfApi().move_repo({repo!r}, '{repo}-moved')")
    assert client.call(f"HfApi().model_info({repo!r}).id") == f"{repo}-moved"
    client.call(f"HfApi().update_repo_settings('{repo}-moved', gated='auto')")
    client.call(f"HfApi().delete_repo('{repo}-moved')")
    gone = client.fails(f"HfApi().model_info('{repo}-moved')")
    assert gone.kind == "RepositoryNotFoundError"
