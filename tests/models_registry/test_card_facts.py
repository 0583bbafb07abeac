"""What a commit tells of its repo: parameters of the weights, and the licence it may have."""

import json
import struct

import pytest

from models_registry import cards, repos, revisions
from models_registry.discussions import finding, merging, talking
from models_registry.models import Repo
from models_registry.revisions import AddFile, CopyFile, DeletePath
from models_registry.revisions.weights import chosen
from portal import licences
from portal.licences.policies import LicenceNotAllowed
from portal.policies import changing
from tests.factories import make_lfs, make_repo
from tests.models_registry.deeds import commit

pytestmark = pytest.mark.db


# --- weights ------------------------------------------------------------------------------------
def safetensors(**tensors: tuple[str, list[int], int]) -> bytes:
    """Return a file of zeros: name=(type, shape, bytes)."""
    header, at = {}, 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    said = json.dumps(header).encode()
    return struct.pack("<Q", len(said)) + said + bytes(at)


SMALL = safetensors(a=("F32", [2, 3], 24), b=("F16", [5], 10))
OTHER = safetensors(a=("F32", [4], 16))


def weights(repo: Repo) -> dict:
    return Repo.objects.get(pk=repo.pk).weights


def test_parameters_are_counted_from_the_headers_of_the_commit(maker) -> None:
    repo = make_repo(maker)
    commit(repo, make_lfs(repo, maker, SMALL)("model.safetensors"))
    assert weights(repo) == {"parameters": {"F16": 5, "F32": 6}, "total": 11}
    commit(repo, AddFile("README.md", b"words change nothing"))
    assert weights(repo)["total"] == 11
    commit(repo, DeletePath("model.safetensors"))
    assert weights(repo) == {}


def test_shards_are_one_model_and_adapters_beside_it_do_not_count(maker) -> None:
    repo = make_repo(maker)
    shards = [
        make_lfs(repo, maker, content)(f"model-0000{n}-of-00002.safetensors")
        for n, content in ((1, SMALL), (2, OTHER))
    ]
    commit(repo, shards[0], AddFile("adapter_model.safetensors", OTHER))
    assert weights(repo)["total"] == 11
    commit(repo, shards[1])  # the first shard is read from the store now
    assert weights(repo)["total"] == 15
    assert chosen(["adapter_model.safetensors", "x.bin"]) == ["adapter_model.safetensors"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no safetensors",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 17 * 2**20) + b" " * 1000,
        b"version https://git-lfs.github.com/spec/v1\n",
    ],
)
def test_what_is_no_safetensors_leaves_the_number_unknown(maker, content: bytes) -> None:
    repo = make_repo(maker)
    commit(repo, AddFile("model.safetensors", content))
    assert weights(repo) == {}
    commit(repo, make_lfs(repo, maker, SMALL)("model.safetensors"))
    assert weights(repo)["total"] == 11


def test_a_side_branch_or_a_proposal_changes_no_number(maker, outsider) -> None:
    repo = make_repo(maker)
    commit(repo, make_lfs(repo, maker, SMALL)("model.safetensors"))
    done = commit(repo, AddFile("model.safetensors", OTHER), author=outsider, create_pr=True)
    commit(repo, AddFile("model.safetensors", b""), ref=f"refs/pr/{done.pr_number}")
    assert weights(repo)["total"] == 11


def test_the_hub_tells_the_number(maker) -> None:
    from models_registry.hub_api.info import basics

    repo = make_repo(maker)
    commit(repo, make_lfs(repo, maker, SMALL)("model.safetensors"))
    told = basics(Repo.objects.select_related("namespace").get(pk=repo.pk), gated="")
    assert told["safetensors"] == {"parameters": {"F16": 5, "F32": 6}, "total": 11}


# --- licences -----------------------------------------------------------------------------------
def card(licence: str) -> AddFile:
    return AddFile("README.md", f"---\nlicense: {licence}\n---\n".encode())


@pytest.fixture
def only_mit(maker) -> Repo:
    """A repo under Apache-2.0, from before the community decided that only MIT is taken."""
    repo = make_repo(maker)
    commit(repo, card("apache-2.0"))
    changing.enact({"licences.allowed": ["mit"]}, cause="proposal:1", reason="Simple.")
    repo.refresh_from_db()
    return repo


def test_a_card_cannot_put_a_repo_under_a_licence_that_is_not_allowed(only_mit, maker) -> None:
    new = make_repo(maker, "new")
    for repo in (new, only_mit):
        before = revisions.resolve(repo).oid
        with pytest.raises(LicenceNotAllowed) as refused:
            commit(repo, card("gpl-3.0"))
        assert refused.value.status == 422
        assert str(refused.value) == "The licence “gpl-3.0” is not allowed here. Allowed are: mit."
        assert revisions.resolve(repo).oid == before
    assert commit(new, card("mit")).changed
    assert Repo.objects.get(pk=new.pk).card_licence == "mit"


def test_what_a_repo_has_already_it_keeps(only_mit) -> None:
    text = b"---\nlicense: apache-2.0\n---\nmore words"
    assert commit(only_mit, AddFile("README.md", text)).changed
    assert commit(only_mit, DeletePath("README.md")).changed
    only_mit.refresh_from_db()
    with pytest.raises(LicenceNotAllowed):  # it gave the licence up
        commit(only_mit, card("apache-2.0"))


def test_settings_and_the_validation_of_cards_hold_the_same_rule(only_mit, maker) -> None:
    from django.core.management import call_command

    call_command("load_documents", verbosity=0)
    version = licences.for_id("apache-2.0")
    assert version is not None
    with pytest.raises(LicenceNotAllowed):
        repos.settle(make_repo(maker, "new"), {"licence": version}, by=maker)
    allowed = repos.settle(only_mit, {"licence": licences.for_id("mit")}, by=maker)
    assert allowed.licence == licences.for_id("mit")
    assert cards.validate("---\nlicense: apache-2.0\n---\n").errors == [
        'Error: the licence "apache-2.0" is not allowed here'
    ]
    assert cards.validate("---\nlicense: mit\n---\n").errors == []


# --- long cards ---------------------------------------------------------------------------------
LONG = b"---\nlicense: mit\n---\n" + b"A card longer than what the database keeps.\n" * 2000


def test_a_long_card_is_read_where_it_is_kept(maker, outsider) -> None:
    """By a copy of a file, and by a merge, no commit brings its bytes along."""
    repo = make_repo(maker)
    commit(repo, AddFile("draft.md", LONG))
    commit(repo, CopyFile("README.md", "draft.md"))
    assert Repo.objects.get(pk=repo.pk).card_licence == "mit"

    other = make_repo(maker, "other")
    opened = commit(other, AddFile("README.md", LONG), author=outsider, create_pr=True)
    talking.change_state(pull := finding.find(other, opened.pr_number), by=maker, state="open")
    merging.merge(pull, by=maker)
    assert Repo.objects.get(pk=other.pk).card_licence == "mit"


def test_a_card_that_travelled_as_a_large_file_is_shown(maker, client) -> None:
    repo = make_repo(maker)
    commit(repo, make_lfs(repo, maker, b"---\nlicense: mit\n---\n# Sent by LFS\n")("README.md"))
    assert "Sent by LFS" in client.get("/maker/tiny").content.decode()
