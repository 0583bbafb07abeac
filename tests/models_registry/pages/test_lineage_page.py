"""What a fine-tune shares with its base, on its page; and how large a revision is."""

import random

import pytest

from models_registry import repos, revisions
from models_registry.comparing import compared
from models_registry.models import Xorb
from models_registry.sharing import State
from models_registry.sizes import sizes_of
from models_registry.storage import xorb_store
from tests.factories import make_lfs, make_repo
from tests.support.weights import safetensors
from tests.support.xet import send

pytestmark = pytest.mark.django_db
PIECE = 60_000  # what `send` cuts


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def weights(**changes: bytes | None) -> bytes:
    """Return a file whose tensors begin with a short one; None leaves one out."""
    tensors = {
        "layer.0.weight": noise(1, 5 * PIECE),
        "layer.0.bias": noise(2, 100),
        "layer.1.weight": noise(3, 6 * PIECE),
        "head.weight": noise(4, 2 * PIECE),
    }
    found = {**tensors, **{name.replace("__", "."): value for name, value in changes.items()}}
    return safetensors({name: value for name, value in found.items() if value is not None})


def model(by, name, content, how=send, base="", **fields):
    repo = make_repo(by, name, **fields)
    card = f"---\nbase_model: {base}\n---\n# {name}\n" if base else f"# {name}\n"
    revisions.commit(
        repo,
        author=by,
        operations=[
            revisions.AddFile("README.md", card.encode()),
            how(repo, by, content)("model.safetensors"),
        ],
        summary="weights",
    )
    repo.refresh_from_db()
    return repo


def whole(repo, by, content):
    return make_lfs(repo, by, content)


def states(ours, base):
    rows = compared(revisions.resolve(ours), revisions.resolve(base))
    return {row.name: row.state for row in rows}


CHANGES = {"layer__1__weight": noise(9, 6 * PIECE), "head__weight": None, "score__weight": b"12"}


def test_what_changed_is_told_tensor_by_tensor(maker) -> None:
    base = model(maker, "base", weights())
    tuned = model(maker, "tuned", weights(**CHANGES), base="maker/base")
    assert states(tuned, base) == {
        "layer.0.weight": State.UNCHANGED,
        "layer.0.bias": State.UNCHANGED,  # in one piece with a change, but read
        "layer.1.weight": State.CHANGED,
        "score.weight": State.NEW,
        "head.weight": State.GONE,
    }


def test_files_that_came_whole_are_read_where_that_is_quick_else_not_known(
    maker, monkeypatch
) -> None:
    base = model(maker, "base", weights(), whole)
    tuned = model(maker, "tuned", weights(**CHANGES), whole)
    assert states(tuned, base)["layer.0.weight"] == State.UNCHANGED
    monkeypatch.setattr("models_registry.comparing.READ_AT_MOST", 1000)
    other = model(maker, "other", weights(**CHANGES), whole)
    assert states(other, base)["layer.0.weight"] == State.UNKNOWN
    assert states(other, base)["layer.0.bias"] == State.UNCHANGED


def test_a_sharded_model_is_laid_beside_one_in_a_single_file(maker) -> None:
    first = safetensors({"a": noise(1, 3 * PIECE)})
    base = model(maker, "base", safetensors({"a": noise(1, 3 * PIECE), "b": noise(2, 200)}))
    parts = make_repo(maker, "parts")
    second = safetensors({"b": noise(2, 200)})
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    operations = [
        send(parts, maker, content)(name)
        for name, content in zip(names, (first, second), strict=True)
    ]
    revisions.commit(parts, author=maker, operations=operations, summary="two files")
    assert states(parts, base)["b"] == State.UNCHANGED


def test_the_page_says_how_much_is_shared_within_its_ceiling(
    maker, client, django_assert_max_num_queries
) -> None:
    model(maker, "base", weights())
    tuned = model(maker, "tuned", weights(**CHANGES), base="maker/base")
    client.get("/maker/tuned")
    with django_assert_max_num_queries(20):  # the first time, with both models to read
        client.get(f"{tuned.path}/lineage")
    with django_assert_max_num_queries(12):
        page = client.get(f"{tuned.path}/lineage").content.decode()
    assert "Shares 45.4 % of its 660 kB with maker/base" in page
    assert 'data-kind="unchanged"' in page
    assert "layer.1.weight" in page
    assert "style=" not in page


def test_a_base_that_the_viewer_may_not_see_leaves_no_trace(maker, outsider, client) -> None:
    secret = model(maker, "secret", weights(), visibility="private")
    model(maker, "tune-a", weights(**CHANGES), base="maker/secret")
    model(maker, "tune-b", weights(**CHANGES), base="maker/nobody")
    repos.move(secret, maker.namespace, "codename", by=maker)

    def seen() -> list[str]:
        pages = [
            client.get(f"/maker/{name}/lineage?base=maker/{base}").content.decode()
            for name, base in (("tune-a", "codename"), ("tune-b", "nobody"))
        ]
        for page in pages:
            assert "codename" not in page.replace("base=maker/codename", "")
            assert "layer.1.weight" not in page
        return [
            page.replace("tune-b", "tune-a").replace("nobody", "secret").split("<main")[1]
            for page in (pages[0].replace("codename", "secret"), pages[1])
        ]

    def without_tokens(page: str) -> str:
        return "".join(part for part in page.split('"') if len(part) != 64)

    for person in (None, outsider):
        if person:
            client.force_login(person)
        hit, gap = map(without_tokens, seen())
        assert hit == gap
    client.force_login(maker)
    assert "with maker/codename" in client.get("/maker/tune-a/lineage").content.decode()


@pytest.mark.parametrize("gated", ["base", "tuned"])
def test_behind_a_gate_nothing_of_the_weights_is_told(maker, outsider, client, gated) -> None:
    made = {"base": model(maker, "base", weights())}
    made["tuned"] = model(maker, "tuned", weights(**CHANGES), base="maker/base")
    client.force_login(maker)
    assert "layer.1.weight" in client.get("/maker/tuned/lineage").content.decode()
    repos.settle(made[gated], {"gated": "manual"}, by=maker)
    client.force_login(outsider)
    page = client.get("/maker/tuned/lineage").content.decode()
    assert "Behind the gate" in page
    assert "layer.1.weight" not in page
    assert "Shares" not in page


def test_without_a_base_or_weights_the_page_says_so(maker, client) -> None:
    model(maker, "base", weights())
    make_repo(maker, "bare", files={"README.md": b"---\nbase_model: maker/base\n---\n# Bare\n"})
    make_repo(maker, "rows", kind="dataset")
    assert "No base is named" in client.get("/maker/base/lineage").content.decode()
    assert "Not compared with maker/base" in client.get("/maker/bare/lineage").content.decode()
    assert "No base is named" in client.get("/datasets/maker/rows/lineage").content.decode()


def test_where_content_is_damaged_the_pages_leave_out_what_they_cannot_say(maker, client) -> None:
    base = model(maker, "base", weights())
    model(maker, "tuned", weights(**CHANGES), base="maker/base")
    for xorb in Xorb.objects.all():
        xorb_store.index_path(xorb.hash).write_bytes(b"no index")
    assert "Not compared" in client.get("/maker/tuned/lineage").content.decode()
    page = client.get(f"{base.path}/tree/main").content.decode()
    assert "Size of all files" in page
    assert "Stored for it" not in page


def test_many_tensors_are_cut_and_said_to_be(maker, client, monkeypatch) -> None:
    monkeypatch.setattr("models_registry.pages.lineage.TENSORS_SHOWN", 2)
    monkeypatch.setattr("models_registry.pages.lineage.LAYERS_SHOWN", 2)
    model(maker, "base", weights())
    model(maker, "tuned", weights(**CHANGES), base="maker/base")
    page = client.get("/maker/tuned/lineage").content.decode()
    assert "1 more layer" in page or "2 more layers" in page


def test_pieces_that_come_twice_are_stored_once(maker, client) -> None:
    content = noise(5, 4 * PIECE)
    repo = model(maker, "twice", content)
    lone = sizes_of(revisions.resolve(repo))
    more = [send(repo, maker, content + noise(6, 100))("again.bin")]
    revisions.commit(repo, author=maker, operations=more, summary="again")
    twice = sizes_of(revisions.resolve(repo))
    assert twice.logical - lone.logical == len(content) + 100
    page = client.get(f"{repo.path}/tree/main").content.decode()
    assert "Stored for it" in page


def test_a_whole_file_that_stands_twice_is_stored_once(maker) -> None:
    content = noise(7, 50_000)
    repo = model(maker, "copies", content, whole)
    before = sizes_of(revisions.resolve(repo))
    operation = revisions.CopyFile("copy.safetensors", "model.safetensors")
    revisions.commit(repo, author=maker, operations=[operation], summary="copy")
    after = sizes_of(revisions.resolve(repo))
    assert after.logical - before.logical == len(content)
    assert after.stored == before.stored
