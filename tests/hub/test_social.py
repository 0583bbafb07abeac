"""Likes, people and organisations, tags, large files, headers of shards, squashing: by the client.

Giving a like has no word in the client: its users do it in the browser.
"""

import json
import struct
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

REPO, HIDDEN = "maker/liked", "maker/liked-in-private"


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    client.call(f"HfApi().create_repo({REPO!r})")
    client.call(f"HfApi().create_repo({HIDDEN!r}, private=True)")
    return client


@pytest.fixture(scope="module")
def guest(as_person: Callable[..., HubClient], maker: HubClient) -> HubClient:
    return as_person("outsider")


def like(client: HubClient, repo: str = REPO, token: str | None = None) -> httpx2.Response:
    token = client.token if token is None else token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.post(f"{client.server.url}/api/models/{repo}/like", headers=headers)


def put(client: HubClient, repo: str, path: str, content: bytes) -> None:
    client.call(
        f"HfApi().upload_file(path_or_fileobj={content!r}, path_in_repo={path!r}, repo_id={repo!r})"
    )


# --- likes --------------------------------------------------------------------------------------
def test_a_like_is_counted_once_and_taken_back(maker: HubClient, guest: HubClient) -> None:
    assert [like(guest).status_code for _again in range(2)] == [200, 200]
    assert like(maker).status_code == 200
    assert guest.call(f"HfApi().model_info({REPO!r}).likes") == 2
    likers = guest.call(f"list(HfApi().list_repo_likers({REPO!r}))")
    assert [one["username"] for one in likers] == ["maker", "outsider"]
    assert guest.call("HfApi().list_liked_repos()")["models"] == [REPO]
    found = guest.call("[(m.id, m.likes) for m in HfApi().list_models(sort='likes', limit=1)]")
    assert found == [[REPO, 2]]
    for _again in range(2):
        guest.call(f"HfApi().unlike({REPO!r})")
    assert guest.call(f"HfApi().model_info({REPO!r}).likes") == 1
    assert guest.call("HfApi().list_liked_repos('outsider')")["total"] == 0


def test_who_may_only_read_likes_nothing(
    maker: HubClient, portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    read_only = portal_server.people.voter.read_token
    assert like(maker, token=read_only).status_code == 403
    assert like(maker, token="").status_code == 401
    reader = as_person("voter", "read")
    assert reader.fails(f"HfApi().unlike({REPO!r})").status == 403


def test_what_is_liked_in_private_is_told_to_nobody_else(
    maker: HubClient, guest: HubClient
) -> None:
    def likes() -> list[int]:
        return [client.call("HfApi().get_user_overview('maker').num_likes") for client in both]

    both = (maker, guest)
    before = likes()
    assert like(maker, HIDDEN).status_code == 200
    assert like(guest, HIDDEN).status_code == 404
    assert HIDDEN in maker.call("HfApi().list_liked_repos()")["models"]
    assert HIDDEN not in guest.call("HfApi().list_liked_repos('maker')")["models"]
    assert likes() == [before[0] + 1, before[1]]
    gone = guest.fails(f"list(HfApi().list_repo_likers({HIDDEN!r}))")
    assert gone.kind == "RepositoryNotFoundError"


def test_long_lists_come_in_pages(maker: HubClient, guest: HubClient) -> None:
    like(maker)
    like(guest)
    first = httpx2.get(f"{maker.server.url}/api/models/{REPO}/likers?limit=1")
    assert [one["user"] for one in first.json()] != []
    second = httpx2.get(first.links["next"]["url"])
    assert len(second.json()) == 1 and "next" not in second.links
    assert first.json() != second.json()


# --- people and organisations -------------------------------------------------------------------
@pytest.fixture
def circle(on_server: None) -> str:
    from portal.organisations import room
    from portal.organisations.models import Organisation
    from portal.people.models import Person

    if not Organisation.objects.filter(handle="Circle").exists():
        maker = Person.objects.get(username="maker")
        made = room.create(handle="Circle", by=maker)
        room.invite(made, by=maker, handle="voter", role="member")
        room.answer(made, by=Person.objects.get(username="voter"), join=True)
    return "Circle"


def test_people_as_the_client_asks_for_them(
    maker: HubClient, guest: HubClient, circle: str
) -> None:
    told, own = (client.call("HfApi().get_user_overview('maker')") for client in (guest, maker))
    assert (told["username"], told["user_type"], told["is_pro"]) == ("maker", "user", False)
    assert own["num_models"] > told["num_models"] >= 1
    assert circle in [one["name"] for one in told["orgs"]]
    assert guest.call("list(HfApi().list_user_followers('maker'))") == []
    assert guest.call("list(HfApi().list_user_following('maker'))") == []
    for nobody in ("nobody-here", circle):
        assert guest.fails(f"HfApi().get_user_overview({nobody!r})").status == 404


def test_organisations_as_the_client_asks_for_them(guest: HubClient, circle: str) -> None:
    told = guest.call(f"HfApi().get_organization_overview({circle!r})")
    assert (told["name"], told["num_users"], told["num_models"]) == (circle, 2, 0)
    members = guest.call(f"list(HfApi().list_organization_members({circle!r}))")
    assert [one["username"] for one in members] == ["voter", "maker"]
    assert guest.call(f"list(HfApi().list_organization_followers({circle!r}))") == []
    for nobody in ("nobody-here", "maker"):
        assert guest.fails(f"HfApi().get_organization_overview({nobody!r})").status == 404


def test_what_ones_repos_take_of_the_room(maker: HubClient, guest: HubClient, circle: str) -> None:
    maker.call(f"HfApi().create_repo('{circle}/shared', private=True)")
    mine = maker.call("list(HfApi().list_user_repos())")
    sizes = {one["id"]: one["storage"] for one in mine}
    assert {REPO, HIDDEN} <= sizes.keys() and f"{circle}/shared" not in sizes
    assert all(size > 0 for size in sizes.values())
    assert 0 < sum(one["storage_percent"] for one in mine) < 101
    theirs = maker.call(f"list(HfApi().list_user_repos({circle!r}))")
    assert [(one["id"], one["visibility"]) for one in theirs] == [(f"{circle}/shared", "private")]
    assert REPO not in [one["id"] for one in guest.call("list(HfApi().list_user_repos())")]
    assert guest.fails(f"list(HfApi().list_user_repos({circle!r}))").status == 404


# --- tags ---------------------------------------------------------------------------------------
CARD = b"---\nlicense: mit\nlanguage: en\nlibrary_name: torchlight\ntags: [%s]\n---\n"


def test_tags_are_those_of_public_repos(maker: HubClient, guest: HubClient) -> None:
    put(maker, REPO, "README.md", CARD % b"seen-by-all")
    put(maker, HIDDEN, "README.md", CARD % b"seen-by-none")
    told = guest.call("HfApi().get_model_tags()")
    assert {"id": "license:mit", "label": "mit", "type": "license"} in told["license"]
    assert {"id": "torchlight", "label": "torchlight", "type": "library"} in told["library"]
    others = [tag["id"] for tag in told["other"]]
    assert "seen-by-all" in others
    assert "seen-by-none" not in json.dumps(told)
    assert isinstance(guest.call("HfApi().get_dataset_tags()"), dict)


# --- large files --------------------------------------------------------------------------------
def shard(name: str, numbers: int) -> bytes:
    entry = {"dtype": "F32", "shape": [numbers], "data_offsets": [0, 4 * numbers]}
    header = json.dumps({"__metadata__": {"format": "pt"}, name: entry}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0" * (4 * numbers)


@pytest.fixture(scope="module")
def sharded(maker: HubClient) -> str:
    name = "maker/in-shards"
    maker.call(f"HfApi().create_repo({name!r})")
    put(maker, name, "model-1.safetensors", shard("first", 3))
    put(maker, name, "model-2.safetensors", shard("second", 5))
    weight_map = {"first": "model-1.safetensors", "second": "model-2.safetensors"}
    index = {"metadata": {"total_size": 32}, "weight_map": weight_map}
    put(maker, name, "model.safetensors.index.json", json.dumps(index).encode())
    return name


def test_large_files_have_names(maker: HubClient, guest: HubClient, sharded: str) -> None:
    files = maker.call(f"list(HfApi().list_lfs_files({sharded!r}))")
    assert [one["filename"] for one in files] == ["model-2.safetensors", "model-1.safetensors"]
    assert [one["size"] for one in files] == [len(shard("second", 5)), len(shard("first", 3))]
    assert files[0]["ref"] == "refs/heads/main" and files[0]["oid"] == files[0]["file_oid"]
    assert guest.fails(f"list(HfApi().list_lfs_files({sharded!r}))").status == 403


def test_large_files_go_from_all_revisions(maker: HubClient, guest: HubClient) -> None:
    name, kept, gone = "maker/lighter", shard("kept", 3), shard("gone", 5)
    maker.call(f"HfApi().create_repo({name!r})")
    put(maker, name, "kept.safetensors", kept)
    put(maker, name, "old/gone.safetensors", gone)
    maker.call(f"HfApi().create_tag({name!r}, tag='v1')")
    put(maker, name, "notes.txt", b"after")
    before = guest.call(f"HfApi().model_info({name!r}).sha")
    listed = f"list(HfApi().list_lfs_files({name!r}))"
    delete = f"HfApi().permanently_delete_lfs_files({name!r}, {listed}[:1]"
    refused = maker.fails(f"{delete}, rewrite_history=False)")
    assert refused.status == 400 and "rewriteHistory" in refused.text
    maker.call(f"{delete})")
    assert [one["filename"] for one in maker.call(listed)] == ["kept.safetensors"]
    assert guest.call(f"HfApi().model_info({name!r}).sha") != before
    missing = guest.fails(f"HfApi().model_info({name!r}, revision={before!r})")
    assert missing.kind == "RevisionNotFoundError"
    for revision in ("main", "v1"):
        paths = guest.call(f"HfApi().list_repo_files({name!r}, revision={revision!r})")
        assert "kept.safetensors" in paths and "old/gone.safetensors" not in paths
    titles = [one["title"] for one in guest.call(f"HfApi().list_repo_commits({name!r})")]
    assert len(titles) == 4 and titles[0].startswith("Upload notes.txt")
    assert guest.call(f"open(hf_hub_download({name!r}, 'notes.txt')).read()") == "after"
    put(maker, name, "on-top.txt", b"goes on")


def test_headers_of_all_shards_come_at_once(guest: HubClient, sharded: str) -> None:
    at_once = guest.call(f"HfApi().get_sharded_safetensors_metadata({sharded!r})")
    by_range = guest.call(f"HfApi().get_safetensors_metadata({sharded!r})")
    assert at_once == by_range
    assert at_once["files_metadata"]["model-2.safetensors"]["tensors"]["second"]["shape"] == [5]


def test_headers_are_gated_as_their_files_are(maker: HubClient, guest: HubClient) -> None:
    name = "maker/shards-behind-a-gate"
    maker.call(f"HfApi().create_repo({name!r})")
    put(maker, name, "model.safetensors.index.json", b'{"weight_map": {}}')
    put(maker, name, "not.json", b"[]")
    address = f"HfApi().get_sharded_safetensors_metadata({name!r}"
    assert guest.call(f"{address})")["files_metadata"] == {}
    assert guest.fails(f"{address}, filename='not.json')").status == 400
    assert guest.fails(f"{address}, filename='none.json')").kind == "RemoteEntryNotFoundError"
    maker.call(f"HfApi().update_repo_settings({name!r}, gated='manual')")
    assert guest.fails(f"{address})").kind == "GatedRepoError"


# --- squashing ----------------------------------------------------------------------------------
def test_a_branch_is_squashed(maker: HubClient, guest: HubClient) -> None:
    name = "maker/squashed"
    maker.call(f"HfApi().create_repo({name!r})")
    for number in range(3):
        put(maker, name, "a.txt", f"{number}".encode())
    maker.call(f"HfApi().create_tag({name!r}, tag='v1')")
    assert guest.fails(f"HfApi().super_squash_history({name!r})").status == 403
    maker.call(f"HfApi().super_squash_history({name!r})")
    commits = guest.call(f"HfApi().list_repo_commits({name!r})")
    assert [one["title"] for one in commits] == ["Super-squash branch 'main' using huggingface_hub"]
    assert len(guest.call(f"HfApi().list_repo_commits({name!r}, revision='v1')")) == 4
    assert guest.call(f"open(hf_hub_download({name!r}, 'a.txt')).read()") == "2"
    missing = maker.fails(f"HfApi().super_squash_history({name!r}, branch='none')")
    assert missing.kind == "RevisionNotFoundError"
    put(maker, name, "b.txt", b"on top")
    assert len(guest.call(f"HfApi().list_repo_commits({name!r})")) == 2


def test_ones_own_pull_request_is_squashed(maker: HubClient, guest: HubClient) -> None:
    name = "maker/squashed-proposal"
    maker.call(f"HfApi().create_repo({name!r})")
    upload = f"HfApi().upload_file(path_or_fileobj=b'%d', path_in_repo='p', repo_id={name!r}, "
    number = guest.call(upload % 1 + "create_pr=True).pr_num")
    branch = f"refs/pr/{number}"
    guest.call(upload % 2 + f"revision={branch!r})")
    guest.call(f"HfApi().super_squash_history({name!r}, branch={branch!r}, commit_message='p')")
    commits = guest.call(f"HfApi().list_repo_commits({name!r}, revision={branch!r})")
    assert [one["title"] for one in commits] == ["p", "initial commit"]
