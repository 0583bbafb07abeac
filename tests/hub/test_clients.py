"""The clients people have, each on all that this portal does: nothing set but endpoint and token.

Each a second time with Xet switched off, as git-lfs and file objects do without it too.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.client import HubClient
from tests.support.client_versions import VERSIONS, python_with
from tests.support.server import Server

pytestmark = pytest.mark.slow
MINILM = Path(settings.ASSETS_DIR) / "minilm"


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module", params=[True, False], ids=["xet", "lfs"])
def xet(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(scope="module")
def client(version: str, xet: bool, portal_server: Server) -> Iterator[HubClient]:
    python = python_with(VERSIONS[version])
    token = portal_server.people.maker.write_token
    machine = HubClient(portal_server, token, python=python, xet=xet)
    assert machine.call("__import__('huggingface_hub').__version__") == version
    yield machine


@pytest.fixture(scope="module")
def reader(version: str, xet: bool, portal_server: Server) -> HubClient:
    """Somebody else, with the same client."""
    token = portal_server.people.voter.read_token
    return HubClient(portal_server, token, python=python_with(VERSIONS[version]), xet=xet)


@pytest.fixture
def repo(client: HubClient, version: str, request: pytest.FixtureRequest) -> str:
    """A new model repo of the maker, named after the test."""
    way = "xet" if client.xet else "lfs"
    test = request.node.originalname[5:].replace("_", "-")
    name = f"maker/{test}-{version.replace('.', '-')}-{way}"
    client.call(f"HfApi().create_repo({name!r})")
    return name


def commit(client: HubClient, repo: str, operations: str, more: str = "") -> str:
    """Return the id of a commit of these operations."""
    code = f"HfApi().create_commit({repo!r}, operations=[{operations}], commit_message='m'{more})"
    return client.call(f"{code}.oid")


def test_repos_are_made_settled_moved_and_deleted(client: HubClient, repo: str) -> None:
    assert client.call(f"HfApi().create_repo({repo!r}, exist_ok=True).repo_id") == repo
    assert client.fails(f"HfApi().create_repo({repo!r})").status == 409
    client.call(f"HfApi().update_repo_settings({repo!r}, private=True)")
    assert client.call(f"HfApi().model_info({repo!r}).private") is True
    assert client.call(f"repo_exists({repo!r})") is True
    found = client.call("[m.id for m in HfApi().list_models(author='maker', limit=500)]")
    assert repo in found
    client.call(f"HfApi().move_repo({repo!r}, '{repo}-moved')")
    assert client.call(f"HfApi().model_info({repo!r}).id") == f"{repo}-moved"
    client.call(f"HfApi().delete_repo('{repo}-moved')")
    gone = client.fails(f"HfApi().model_info('{repo}-moved')")
    assert gone.kind == "RepositoryNotFoundError"
    assert client.call(f"repo_exists('{repo}-moved')") is False


def test_folders_go_up_and_come_down(client: HubClient, repo: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "sub" / "weights.safetensors").write_bytes(weights := os.urandom(2_000_000))
    client.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id={repo!r})")
    names = [".gitattributes", "config.json", "sub/weights.safetensors"]
    assert client.call(f"sorted(HfApi().list_repo_files({repo!r}))") == names
    folder = Path(client.call(f"snapshot_download({repo!r})"))
    assert (folder / "sub" / "weights.safetensors").read_bytes() == weights
    some = Path(client.call(f"snapshot_download({repo!r}, allow_patterns='*.json', local_dir='s')"))
    assert not (some / "sub").exists() and (some / "config.json").exists()
    info = client.call(f"HfApi().get_paths_info({repo!r}, ['sub/weights.safetensors'])[0].lfs")
    assert info["size"] == 2_000_000
    head = client.call(f"HfApi().model_info({repo!r}).sha")
    client.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id={repo!r})")
    assert client.call(f"HfApi().model_info({repo!r}).sha") == head  # nothing new, no commit


def test_hundreds_of_files_and_a_proposal(client: HubClient, repo: str, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03}.bin").write_bytes(os.urandom(3000))
    upload = f"upload_folder(folder_path={str(tmp_path)!r}, repo_id={repo!r}"
    client.call(f"HfApi().{upload})")
    assert len(client.call(f"HfApi().list_repo_files({repo!r})")) == 301
    (tmp_path / "000.bin").write_bytes(changed := os.urandom(3000))
    pull = client.call(f"HfApi().{upload}, create_pr=True).pr_num")
    revision = f"refs/pr/{pull}"
    path = client.call(f"hf_hub_download({repo!r}, '000.bin', revision={revision!r})")
    assert Path(path).read_bytes() == changed
    client.call(f"HfApi().{upload}, revision={revision!r}, delete_patterns='001.bin')")
    folder = Path(client.call(f"snapshot_download({repo!r})"))
    assert (folder / "299.bin").read_bytes() == (tmp_path / "299.bin").read_bytes()
    assert (folder / "000.bin").read_bytes() != changed


def test_the_command_line(client: HubClient, repo: str, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(weights := os.urandom(300_000))
    client.hf("upload", repo, str(tmp_path), ".", "--commit-message", "by hand")
    client.hf("download", repo, "model.bin", "--local-dir", str(tmp_path / "out"))
    assert (tmp_path / "out" / "model.bin").read_bytes() == weights
    assert "maker" in client.hf("auth", "whoami").stdout


def test_commits_of_every_operation(client: HubClient, repo: str) -> None:
    commit(
        client,
        repo,
        "CommitOperationAdd('a.txt', b'a'), CommitOperationAdd('d/b.txt', b'b'), "
        "CommitOperationAdd('d/w.safetensors', b'w' * 100000)",
    )
    head = commit(
        client,
        repo,
        "CommitOperationCopy('d/w.safetensors', 'copy.safetensors'), CommitOperationDelete('d/'), "
        "CommitOperationAdd('a.txt', b'changed')",
    )
    files = client.call(f"sorted(HfApi().list_repo_files({repo!r}))")
    assert files == [".gitattributes", "a.txt", "copy.safetensors"]
    path = client.call(f"hf_hub_download({repo!r}, 'a.txt')")
    assert Path(path).read_text() == "changed" and head in path
    client.call(f"HfApi().delete_file('a.txt', {repo!r})")
    missing = client.fails(f"hf_hub_download({repo!r}, 'a.txt')")
    assert "EntryNotFoundError" in missing.bases
    error = client.fails(f"HfApi().delete_file('never-there', {repo!r})")
    assert "EntryNotFoundError" in error.bases, error
    titles = client.call(f"[c.title for c in HfApi().list_repo_commits({repo!r})]")
    assert titles[0].startswith("Delete a.txt") and titles[-1] == "initial commit"


def test_of_two_commits_on_one_parent_one_wins(client: HubClient, repo: str) -> None:
    parent = client.call(f"HfApi().model_info({repo!r}).sha")
    commit(client, repo, "CommitOperationAdd('x', b'1')", f", parent_commit={parent!r}")
    code = (
        f"HfApi().create_commit({repo!r}, operations=[CommitOperationAdd('x', b'2')], "
        f"commit_message='m', parent_commit={parent!r})"
    )
    late = client.fails(code)
    assert late.status == 412 and "The branch was updated" in late.text


def test_branches_tags_and_pull_requests(client: HubClient, repo: str) -> None:
    client.call(f"HfApi().create_branch({repo!r}, branch='feat/x')")
    assert client.fails(f"HfApi().create_branch({repo!r}, branch='feat/x')").status == 409
    client.call(f"HfApi().create_branch({repo!r}, branch='feat/x', exist_ok=True)")
    commit(client, repo, "CommitOperationAdd('n', b'1')", ", revision='feat/x'")
    client.call(f"HfApi().create_tag({repo!r}, tag='v1', revision='feat/x')")
    refs = client.call(f"HfApi().list_repo_refs({repo!r})")
    assert [tag["name"] for tag in refs["tags"]] == ["v1"]
    assert {branch["name"] for branch in refs["branches"]} == {"main", "feat/x"}
    assert client.call(f"file_exists({repo!r}, 'n')") is False
    assert Path(client.call(f"hf_hub_download({repo!r}, 'n', revision='v1')")).read_text() == "1"
    pull = client.call(
        f"HfApi().upload_file(path_or_fileobj=b'2', path_in_repo='p', repo_id={repo!r}, "
        "create_pr=True).pr_num"
    )
    assert client.call(f"file_exists({repo!r}, 'p', revision='refs/pr/{pull}')") is True
    client.call(f"HfApi().delete_branch({repo!r}, branch='feat/x')")
    client.call(f"HfApi().delete_tag({repo!r}, tag='v1')")
    error = client.fails(f"hf_hub_download({repo!r}, 'n', revision='v1')")
    assert error.kind == "RevisionNotFoundError"
    assert client.fails(f"HfApi().delete_branch({repo!r}, branch='main')").status == 403


def test_models_and_tokenizers_by_transformers(
    client: HubClient, reader: HubClient, repo: str
) -> None:
    """`push_to_hub` and `from_pretrained`, of a tiny model with a real tokenizer."""
    if not MINILM.exists():
        pytest.skip("MiniLM is not installed")
    made = f"""
import torch, transformers
from transformers import AutoTokenizer, BertConfig, BertModel
torch.manual_seed(0)
config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
                    intermediate_size=64)
BertModel(config).push_to_hub({repo!r})
AutoTokenizer.from_pretrained({str(MINILM)!r}).push_to_hub({repo!r})
"""
    client.python_code(made, timeout=400)
    used = f"""
from transformers import AutoModel, AutoTokenizer, pipeline
model = AutoModel.from_pretrained({repo!r})
words = AutoTokenizer.from_pretrained({repo!r})("open weights", return_tensors="pt")
print(tuple(model(**words).last_hidden_state.shape))
"""
    assert "(1, 4, 32)" in reader.python_code(used, timeout=400)


def test_data_sets_by_datasets(
    client: HubClient, reader: HubClient, version: str, xet: bool, tmp_path: Path
) -> None:
    repo = f"maker/reviews-{version.replace('.', '-')}-{xet}"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("text,label\ngut,1\nschlecht,0\n")
    card = "---\nconfigs:\n- config_name: default\n  data_files: data/*.csv\n---\n"
    (tmp_path / "README.md").write_text(card)
    client.call(f"HfApi().create_repo({repo!r}, repo_type='dataset')")
    client.call(
        f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id={repo!r}, "
        "repo_type='dataset')"
    )
    code = f"""
from datasets import Dataset, load_dataset
print(load_dataset({repo!r}, split="train")["text"][:])
print([row["label"] for row in load_dataset({repo!r}, split="train", streaming=True)])
"""
    printed = reader.python_code(code, timeout=400)
    assert "['gut', 'schlecht']" in printed and "[1, 0]" in printed, printed
    pushed = f"""
from datasets import Dataset, load_dataset
Dataset.from_dict({{"n": list(range(1000))}}).push_to_hub({repo + "-pushed"!r})
print(sum(load_dataset({repo + "-pushed"!r}, split="train")["n"]))
"""
    assert "499500" in client.python_code(pushed, timeout=400)


def test_the_file_system(client: HubClient, repo: str) -> None:
    client.call(f"HfFileSystem().pipe_file('{repo}/notes/one.txt', b'first')")
    client.call(f"HfFileSystem().pipe_file('{repo}/notes/two.txt', b'second')")
    assert client.call(f"HfFileSystem().cat_file('{repo}/notes/one.txt').decode()") == "first"
    assert client.call(f"HfFileSystem().open('{repo}/notes/two.txt').read(3).decode()") == "sec"
    listed = client.call(f"sorted(HfFileSystem().ls('{repo}/notes', detail=False))")
    assert listed == [f"{repo}/notes/one.txt", f"{repo}/notes/two.txt"]
    assert client.call(f"HfFileSystem().glob('{repo}/**/t*.txt')") == [f"{repo}/notes/two.txt"]
    assert client.call(f"HfFileSystem().info('{repo}/notes/one.txt')['size']") == 5
    client.call(f"HfFileSystem().rm('{repo}/notes', recursive=True)")
    assert client.call(f"HfFileSystem(use_listings_cache=False).exists('{repo}/notes')") is False


def test_the_card(client: HubClient, version: str, repo: str) -> None:
    """`metadata_update` of older clients asks huggingface.co, whatever HF_ENDPOINT says."""
    card = "---\nlicense: mit\n---\n# Card\n"
    client.call(
        f"HfApi().upload_file(path_or_fileobj={card!r}.encode(), path_in_repo='README.md', "
        f"repo_id={repo!r})"
    )
    if version.startswith("2."):
        client.call(f"metadata_update({repo!r}, {{'tags': ['x']}})")
    else:
        client.call("os.environ.update(HTTPS_PROXY='http://127.0.0.1:9')")  # nobody listens
        client.fails(f"metadata_update({repo!r}, {{'tags': ['x']}})")
        client.call("os.environ.pop('HTTPS_PROXY')")
        client.call(  # what works with every version
            f"(lambda card: (card.data.__dict__.update(tags=['x']), HfApi().upload_file("
            f"path_or_fileobj=str(card).encode(), path_in_repo='README.md', repo_id={repo!r})))"
            f"(ModelCard.load({repo!r}))"
        )
    info = client.call(f"HfApi().model_info({repo!r})")
    assert info["card_data"]["license"] == "mit"
    assert "x" in info["tags"]
    bad = "---\nlicense: made-up-licence\n---\n"
    refused = client.fails(
        f"HfApi().upload_file(path_or_fileobj={bad!r}.encode(), path_in_repo='README.md', "
        f"repo_id={repo!r})"
    )
    assert "ValueError" in refused.bases and "license" in refused.text


def test_access_requests(client: HubClient, reader: HubClient, repo: str) -> None:
    commit(client, repo, "CommitOperationAdd('config.json', b'{}')")
    client.call(f"HfApi().update_repo_settings({repo!r}, gated='manual')")
    assert client.call(f"HfApi().model_info({repo!r}).gated") == "manual"
    refused = reader.fails(f"hf_hub_download({repo!r}, 'config.json')")
    assert refused.kind == "GatedRepoError"
    assert "you have not asked for access" in refused.text
    assert reader.call(f"repo_exists({repo!r})") is True
    reader.python_code(
        "import os, sys, urllib.request as u\n"
        "where, token = sys.argv[1], 'Bearer ' + os.environ['HF_TOKEN']\n"
        "class Stay(u.HTTPRedirectHandler):\n"
        "    def redirect_request(self, *args): return None\n"
        "try: u.build_opener(Stay).open(u.Request(where, b'', {'Authorization': token}))\n"
        "except u.HTTPError as answer: assert answer.code == 303, answer.code\n",
        f"{reader.server.url}/{repo}/ask-access",
    )
    (asked,) = client.call(f"HfApi().list_pending_access_requests({repo!r})")
    assert (asked["username"], asked["status"]) == ("voter", "pending")
    client.call(f"HfApi().accept_access_request({repo!r}, 'voter')")
    assert reader.call(f"hf_hub_download({repo!r}, 'config.json')").endswith("config.json")
    reason = ", rejection_reason='no more'"
    client.call(f"HfApi().reject_access_request({repo!r}, 'voter'{reason})")
    assert "no more" in reader.fails(f"HfApi().auth_check({repo!r})").text
    client.call(f"HfApi().cancel_access_request({repo!r}, 'voter')")
    client.call(f"HfApi().grant_access({repo!r}, 'reader_zh')")
    assert len(client.call(f"HfApi().list_accepted_access_requests({repo!r})")) == 1


def test_refusals_are_the_exceptions_they_should_be(
    client: HubClient, reader: HubClient, repo: str
) -> None:
    client.call(f"HfApi().update_repo_settings({repo!r}, private=True)")
    hidden = reader.fails(f"hf_hub_download({repo!r}, 'x')")
    missing = reader.fails("hf_hub_download('maker/absent', 'x')")
    assert hidden.kind == missing.kind == "RepositoryNotFoundError"
    assert hidden.status == missing.status == 404
    nobody = client.fails(f"hf_hub_download({repo!r}, 'x', revision='no-such')")
    assert nobody.kind == "RevisionNotFoundError"
    assert "EntryNotFoundError" in client.fails(f"hf_hub_download({repo!r}, 'no/such')").bases
    own = reader.fails("HfApi().create_repo('mine')")  # a token that reads
    assert (own.status, "repo.write" in own.text or "403" in own.text) == (403, True)
