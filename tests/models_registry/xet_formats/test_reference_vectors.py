"""The vectors xet-core publishes for other implementations; `vectors.json` names the source."""

import io
import json
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.formats.xet import chunks, hashes, packing, xorbs

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.mark.parametrize("case", VECTORS["trees"], ids=lambda case: f"{len(case['nodes'])} nodes")
def test_trees_and_files_have_the_published_hashes(case):
    nodes = [(hashes.from_text(text), size) for text, size in case["nodes"]]
    root = hashes.tree_root(nodes)
    assert hashes.to_text(root) == case["root"]
    unsalted = [file for salt, file in case["salted"] if salt == "0" * 64]
    assert [hashes.to_text(hashes.file_hash(nodes))] == unsalted
    for salt, file in case["salted"]:
        if nodes and salt != "0" * 64:
            assert hashes.to_text(hashes.masked(root, hashes.from_text(salt))) == file


def splitmix(count: int, seed: int) -> bytes:
    """Return the random bytes that the vectors were made of."""
    out, state, most = bytearray(), seed, 2**64 - 1
    while len(out) < count:
        state = (state + 0x9E3779B97F4A7C15) & most
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & most
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & most
        out += (mixed ^ (mixed >> 31)).to_bytes(8, "little")
    return bytes(out[:count])


def ends(content: bytes) -> list[int]:
    return list(accumulate(len(chunk) for chunk in chunks.cut(io.BytesIO(content))))


def test_random_bytes_are_cut_where_published():
    content = splitmix(1_000_000, 0)
    assert (content[0], content[127], content[111_111]) == (175, 132, 118)
    assert ends(content) == VECTORS["random"]


def test_equal_bytes_are_cut_at_the_longest_chunk():
    assert ends(bytes([59]) * 1_000_000) == [*range(131_072, 1_000_000, 131_072), 1_000_000]


@pytest.mark.parametrize("padding", range(128))
def test_what_hits_again_and_again_is_cut_where_published(padding):
    content = bytes(VECTORS["pattern"]) + bytes(padding)
    while len(content) < 65_536:
        content += content[: 65_536 - len(content)]
    assert content[11_111] == VECTORS["samples"][padding]
    assert ends(content) == VECTORS["patterns"][padding]


@given(st.binary(max_size=300), st.integers(1, 70_000), st.integers(1, 200_000))
def test_it_is_all_one_how_a_file_is_fed(pattern, piece, size):
    content = (pattern + b"x") * (size // (len(pattern) + 1) + 1)
    cutter = chunks.Cutter()
    piece = min(max(piece, size // 1000), chunks.BLOCK)  # byte by byte where that is no long time
    fed = [
        chunk
        for at in range(0, len(content), piece)
        for chunk in cutter.feed(content[at : at + piece])
    ]
    fed += cutter.rest()
    assert fed == list(chunks.cut(io.BytesIO(content)))
    assert b"".join(fed) == content
    assert all(chunks.MIN <= len(chunk) <= chunks.MAX for chunk in fed[:-1])


@given(st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=40))
def test_what_was_packed_reads_back(contents):
    packer = packing.Packer()
    for content in contents:
        assert packer.has_room_for(content)
        packer.add(content)
    packed = packer.taken()
    assert xorbs.read(io.BytesIO(packed.content), packed.name) == packed.index
    assert list(xorbs.decoded(io.BytesIO(packed.content))) == contents
    assert len(packer) == 0


def test_a_full_xorb_has_no_room():
    packer = packing.Packer()
    chunk = bytes(xorbs.MAX_CHUNK)
    for _ in range(xorbs.MAX_RAW // len(chunk)):
        assert packer.has_room_for(chunk)
        packer.add(chunk)
    assert not packer.has_room_for(b"x")
    assert xorbs.read(io.BytesIO((full := packer.taken()).content), full.name) == full.index
