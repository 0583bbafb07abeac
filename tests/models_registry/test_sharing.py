"""What tensors share: promises that hold for any two files, however they are cut into chunks."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from models_registry.formats.safetensors import Tensor
from models_registry.sharing import Chunk, State, divided, layer_of, layers, shared

LETTERS = b"ab"  # few, so that chunks and tensors often meet themselves


@st.composite
def cut(draw, content: bytes) -> list[Chunk]:
    ends = sorted(draw(st.sets(st.integers(0, len(content)), max_size=6)) | {len(content)})
    parts = [content[a:b] for a, b in zip([0, *ends], ends, strict=False) if a < b]
    return [Chunk(sha256(part).digest(), len(part)) for part in parts]


@st.composite
def models(draw) -> tuple[bytes, dict[str, Tensor], list[Chunk]]:
    """Return a file: its bytes, tensors that cover a part of it, and its chunks."""
    sizes = draw(st.lists(st.integers(0, 6), max_size=5))
    names = draw(st.permutations("abcdefg"))
    at, tensors = 2, {}
    for name, size in zip(names, sizes, strict=False):
        tensors[name] = Tensor(name, "U8", (size,), at, at + size)
        at += size
    content = bytes(draw(st.lists(st.sampled_from(LETTERS), min_size=at, max_size=at)))
    return content, tensors, draw(cut(content))


@given(models(), models())
def test_every_name_of_either_side_has_one_row_and_shares_no_more_than_it_has(ours, base) -> None:
    rows = shared(*ours[1:], *base[1:])
    assert sorted(row.name for row in rows) == sorted(ours[1].keys() | base[1].keys())
    for row in rows:
        assert 0 <= row.shared <= row.size
        assert (row.state is State.NEW) == (row.name not in base[1])
        assert (row.state is State.GONE) == (row.name not in ours[1])


@given(models(), models())
def test_unchanged_is_said_only_of_the_same_bytes(ours, base) -> None:
    for row in shared(*ours[1:], *base[1:]):
        if row.name not in ours[1] or row.name not in base[1]:
            continue
        a, b = (side[0][side[1][row.name].start :][: row.size] for side in (ours, base))
        if row.state is State.UNCHANGED:
            assert (a, row.shared, row.unproven) == (b, row.size, ())
        elif row.unproven:
            open_bytes = {at for part in row.unproven for at in range(*part)}
            assert all(a[at] == b[at] for at in range(row.size) if at not in open_bytes)


@given(models(), models())
def test_shared_bytes_are_those_in_chunks_that_the_base_has(ours, base) -> None:
    had = {chunk.key for chunk in base[2]}
    marks = [chunk.key in had for chunk in ours[2] for _ in range(chunk.size)]
    for row in shared(*ours[1:], *base[1:]):
        if row.state is not State.GONE:
            tensor = ours[1][row.name]
            assert row.shared == sum(marks[tensor.start : tensor.stop])


@given(models())
def test_beside_itself_everything_is_unchanged(model) -> None:
    rows = shared(*model[1:], *model[1:])
    assert {row.state for row in rows} <= {State.UNCHANGED}


@given(models(), models(), st.booleans())
def test_of_a_file_that_came_whole_nothing_is_said_but_that_it_is_equal(ours, base, both) -> None:
    content, tensors, _chunks = ours
    whole = [Chunk(sha256(content).digest(), len(content), whole=True)]
    other = [Chunk(sha256(base[0]).digest(), len(base[0]), whole=True)]
    for row in shared(tensors, whole, base[1], other if both else base[2]):
        if row.name in tensors and row.name in base[1]:
            same_form = tensors[row.name].shape == base[1][row.name].shape
            told = {State.UNCHANGED, State.UNKNOWN} if same_form else {State.CHANGED}
            assert row.state in told
    assert {row.state for row in shared(tensors, whole, tensors, whole)} <= {State.UNCHANGED}


@given(models(), models())
def test_bytes_are_divided_without_remainder(ours, base) -> None:
    rows = shared(*ours[1:], *base[1:])
    total = sum(tensor.size for tensor in ours[1].values())
    assert sum(divided(rows).values()) == total
    assert sum(layer.size for layer in layers(rows)) == total


def test_a_tensor_of_another_type_or_shape_is_changed_though_its_bytes_are_there() -> None:
    chunk = [Chunk(b"k", 4)]
    ours = {"w": Tensor("w", "U8", (4,), 0, 4)}
    theirs = {"w": Tensor("w", "I32", (1,), 0, 4)}
    assert [(row.state, row.shared) for row in shared(ours, chunk, theirs, chunk)] == [
        (State.CHANGED, 4)
    ]


def test_tensors_that_changed_places_are_not_called_unchanged() -> None:
    chunks = [Chunk(b"a", 2), Chunk(b"b", 2)]
    here = {"x": Tensor("x", "U8", (2,), 0, 2), "y": Tensor("y", "U8", (2,), 2, 4)}
    there = {"y": Tensor("y", "U8", (2,), 0, 2), "x": Tensor("x", "U8", (2,), 2, 4)}
    assert {row.state for row in shared(here, chunks, there, chunks)} == {State.UNKNOWN}


def test_layers_are_named_up_to_their_number() -> None:
    assert layer_of("bert.encoder.layer.0.output.dense.weight") == "bert.encoder.layer.0"
    assert layer_of("model.layers.11.mlp.experts.3.up.weight") == "model.layers.11"
    assert layer_of("bert.embeddings.word_embeddings.weight") == "bert.embeddings"
    assert layer_of("classifier.weight") == "classifier"
    assert layer_of("weight") == "weight"
    assert layer_of("norm.0") == "norm"
