"""Repos and large files copied on the server, by the stock client: nothing is sent again."""

import hashlib
import os
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

SOURCE = "maker/to-copy"
WEIGHTS = os.urandom(300_000)
COPY = "HfApi().create_commit({repo!r}, operations=[CommitOperationCopy({path!r}, {into!r}, "
COPY += "src_repo_id={source!r}, src_repo_type='model')], commit_message='copied', **{more!r})"


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    client.call(f"HfApi().create_repo({SOURCE!r})")
    card = b"---\nlicense: mit\nlibrary_name: torchlight\nbase_model: far/away\n---\nWhat it is.\n"
    for path, content in (("README.md", card), ("notes.txt", b"1"), ("notes.txt", b"2")):
        put(client, SOURCE, path, content)
    put(client, SOURCE, "sub/model.safetensors", WEIGHTS)
    client.call(f"HfApi().create_tag({SOURCE!r}, tag='v1')")
    client.call(f"HfApi().create_branch({SOURCE!r}, branch='side')")
    put(client, SOURCE, "side.txt", b"s", revision="side")
    return client


@pytest.fixture(scope="module")
def guest(as_person: Callable[..., HubClient], maker: HubClient) -> HubClient:
    return as_person("outsider")


def put(client: HubClient, repo: str, path: str, content: bytes, **more: object) -> None:
    client.call(
        f"HfApi().upload_file(path_or_fileobj={content!r}, path_in_repo={path!r}, "
        f"repo_id={repo!r}, **{more!r})"
    )


def head(client: HubClient, repo: str, revision: str = "main") -> str:
    return client.call(f"HfApi().repo_info({repo!r}, revision={revision!r}).sha")


def content(client: HubClient, repo: str, path: str) -> bytes:
    return bytes.fromhex(
        client.call(f"open(hf_hub_download({repo!r}, {path!r}), 'rb').read().hex()")
    )


def test_a_copy_has_the_same_history_and_stands_on_its_source(
    maker: HubClient, guest: HubClient
) -> None:
    put(guest, SOURCE, "proposed.txt", b"not in a copy", create_pr=True)
    name = "outsider/to-copy"
    call = f"[(u.repo_id, u.files_copy_pending) for u in [HfApi().duplicate_repo({SOURCE!r})]]"
    assert guest.call(call) == [[name, False]]
    for revision in ("main", "side", "v1"):
        assert head(guest, name, revision) == head(guest, SOURCE, revision)
    refs = guest.call(f"HfApi().list_repo_refs({name!r}, include_pull_requests=True)")
    assert [ref["name"] for ref in refs["branches"]] == ["main", "side"]
    assert refs["pull_requests"] == []
    assert content(guest, name, "sub/model.safetensors") == WEIGHTS
    commits = "[c.title for c in HfApi().list_repo_commits({!r})]"
    assert guest.call(commits.format(name)) == guest.call(commits.format(SOURCE))
    info = guest.call(f"HfApi().model_info({name!r})")
    assert info["library_name"] == "torchlight" and "license:mit" in info["tags"]
    put(guest, name, "notes.txt", b"3")
    assert content(guest, SOURCE, "notes.txt") == b"2"
    entry = guest.call(f"HfApi().list_repo_tree({name!r}, expand=True)")
    assert {one["path"] for one in entry} >= {"README.md", "notes.txt", "sub"}


def test_its_lineage_is_on_its_page(maker: HubClient, guest: HubClient) -> None:
    guest.call(f"HfApi().duplicate_repo({SOURCE!r}, 'outsider/shown', exist_ok=True)")
    page = httpx2.get(f"{maker.server.url}/outsider/shown/lineage", timeout=60).text
    assert f'href="/{SOURCE}"' in page and "far/away" in page
    put(guest, "outsider/shown", "README.md", b"---\nlicense: mit\n---\nMine now.\n")
    page = httpx2.get(f"{maker.server.url}/outsider/shown/lineage", timeout=60).text
    assert f'href="/{SOURCE}"' in page and "far/away" not in page


def test_a_name_that_is_taken(maker: HubClient, guest: HubClient) -> None:
    guest.call("HfApi().create_repo('outsider/taken')")
    call = f"HfApi().duplicate_repo({SOURCE!r}, 'outsider/taken'"
    assert guest.fails(f"{call})").status == 409
    assert guest.call(f"{call}, exist_ok=True).repo_id") == "outsider/taken"
    assert guest.fails(f"HfApi().duplicate_repo({SOURCE!r}, 'maker/theirs')").status == 403


def test_a_data_set_is_copied_too(maker: HubClient, guest: HubClient) -> None:
    maker.call("HfApi().create_repo('maker/rows', repo_type='dataset')")
    guest.call("HfApi().duplicate_repo('maker/rows', repo_type='dataset')")
    assert guest.call("HfApi().dataset_info('outsider/rows').id") == "outsider/rows"


def test_a_copy_asks_for_what_its_source_asks_for(maker: HubClient, guest: HubClient) -> None:
    """Whatever its owner then sets: the owner of the source goes on deciding."""
    name = "maker/walled-copy"
    maker.call(f"HfApi().create_repo({name!r})")
    put(maker, name, "secret.txt", b"behind the gate")
    maker.call(f"HfApi().update_repo_settings({name!r}, gated='manual')")
    assert guest.fails(f"HfApi().duplicate_repo({name!r})").kind == "GatedRepoError"
    maker.call(f"HfApi().grant_access({name!r}, 'outsider')")
    guest.call(f"HfApi().duplicate_repo({name!r})")
    mine = "outsider/walled-copy"
    assert content(guest, mine, "secret.txt") == b"behind the gate"
    guest.call(f"HfApi().update_repo_settings({mine!r}, gated=False)")
    stranger = HubClient(maker.server, maker.server.people.voter.write_token, xet=False)
    assert stranger.fails(f"hf_hub_download({mine!r}, 'secret.txt')").kind == "GatedRepoError"
    assert stranger.fails(f"HfApi().duplicate_repo({mine!r})").kind == "GatedRepoError"
    maker.call(f"HfApi().cancel_access_request({name!r}, 'outsider')")
    answer = httpx2.get(
        f"{maker.server.url}/{mine}/resolve/main/secret.txt",
        headers={"Authorization": f"Bearer {guest.token}"},
        timeout=60,
    )
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")


def test_what_is_private_stays_so(maker: HubClient, guest: HubClient) -> None:
    name = "maker/own"
    maker.call(f"HfApi().create_repo({name!r}, private=True)")
    assert guest.fails(f"HfApi().duplicate_repo({name!r})").kind == "RepositoryNotFoundError"
    maker.call(f"HfApi().duplicate_repo({name!r}, 'maker/own-too')")
    assert guest.fails("HfApi().model_info('maker/own-too')").kind == "RepositoryNotFoundError"
    maker.call(f"HfApi().duplicate_repo({name!r}, 'maker/own-in-public', private=False)")
    page = httpx2.get(f"{maker.server.url}/maker/own-in-public/lineage", timeout=60).text
    assert name + "<" not in page and f'/{name}"' not in page


# --- single large files -------------------------------------------------------------------------
def copied(client: HubClient, repo: str, path: str, source: str = SOURCE, **more: object) -> str:
    return COPY.format(repo=repo, path=path, into="copied.bin", source=source, more=more)


def test_a_large_file_goes_from_repo_to_repo(
    maker: HubClient, guest: HubClient, portal_server: Server
) -> None:
    sender = HubClient(portal_server, portal_server.people.maker.write_token)  # by Xet
    sender.call("HfApi().create_repo('maker/by-xet')")
    put(sender, "maker/by-xet", "model.safetensors", WEIGHTS[:200_000])
    guest.call("HfApi().create_repo('outsider/takes')")
    guest.call(copied(guest, "outsider/takes", "model.safetensors", source="maker/by-xet"))
    assert content(guest, "outsider/takes", "copied.bin") == WEIGHTS[:200_000]
    proposal = copied(guest, SOURCE, "model.safetensors", source="maker/by-xet", create_pr=True)
    assert guest.call(f"{proposal}.pr_num")
    assert (
        guest.fails(copied(guest, SOURCE, "model.safetensors", source="maker/by-xet")).status == 403
    )


def test_hashes_are_no_claim(maker: HubClient, guest: HubClient, portal_server: Server) -> None:
    """Of a file that is elsewhere, that stood on a deleted branch, and of none: one answer."""
    secret, gone = os.urandom(1000), os.urandom(1000)
    maker.call("HfApi().create_repo('maker/hoard', private=True)")
    put(maker, "maker/hoard", "s.bin", secret)
    maker.call(f"HfApi().create_branch({SOURCE!r}, branch='brief')")
    put(maker, SOURCE, "g.bin", gone, revision="brief")
    maker.call(f"HfApi().delete_branch({SOURCE!r}, branch='brief')")
    guest.call("HfApi().create_repo('outsider/claims', exist_ok=True)")
    hashes = [hashlib.sha256(data).hexdigest() for data in (secret, gone, b"nobody's")]
    answers = [
        httpx2.post(
            f"{portal_server.url}/api/models/{SOURCE}/lfs-files/duplicate",
            json={
                "target": {"type": "model", "name": "outsider/claims"},
                "files": [{"sha256": key, "xetHash": "0" * 64, "filename": "x"}],
            },
            headers={"Authorization": f"Bearer {guest.token}"},
        )
        for key in hashes
    ]
    assert {answer.status_code for answer in answers} == {200}
    said = {answer.text.replace(key, "") for answer, key in zip(answers, hashes, strict=True)}
    for client, told in ((guest, "error"), (maker, "actions")):
        fetched = httpx2.post(
            f"{portal_server.url}/{SOURCE}.git/info/lfs/objects/batch",
            json={"operation": "download", "objects": [{"oid": hashes[1], "size": 1000}]},
            headers={"Authorization": f"Bearer {client.token}"},
            timeout=60,
        )
        assert told in fetched.json()["objects"][0]
    assert len(said) == 1 and '"failed": [{' in said.pop()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"target": {"type": "model", "name": "outsider/claims"}, "files": [{"sha256": "x"}]}, 400),
        ({"target": {"type": "space", "name": "a/b"}, "files": []}, 501),
        ({"target": {"type": "model", "name": "no/such"}, "files": []}, 404),
        ({"target": {"type": "model", "name": "x"}, "files": []}, 404),
    ],
)
def test_bad_input_gets_a_sentence(guest: HubClient, body: dict, status: int) -> None:
    answer = httpx2.post(
        f"{guest.server.url}/api/models/{SOURCE}/lfs-files/duplicate",
        json=body,
        headers={"Authorization": f"Bearer {guest.token}"},
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] and answer.headers["x-error-message"]
