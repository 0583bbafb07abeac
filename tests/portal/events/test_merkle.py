"""The stored-subtree Merkle code against RFC 6962's own recursive definitions and known vectors."""

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.events import merkle
from portal.events.models import LogNode

# The reference data of the Certificate Transparency test suites (RFC 6962 implementations).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(data: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(data[:k]) + naive_root(data[k:])).digest()


def naive_path(m: int, data: list[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(data) == 1:
        return []
    k = 1
    while k * 2 < len(data):
        k *= 2
    if m < k:
        return [*naive_path(m, data[:k]), naive_root(data[k:])]
    return [*naive_path(m - k, data[k:]), naive_root(data[:k])]


def naive_consistency(m: int, data: list[bytes], whole: bool = True) -> list[bytes]:
    """Section 2.1.2, SUBPROOF."""
    if m == len(data):
        return [] if whole else [naive_root(data)]
    k = 1
    while k * 2 < len(data):
        k *= 2
    if m <= k:
        return [*naive_consistency(m, data[:k], whole), naive_root(data[k:])]
    return [*naive_consistency(m - k, data[k:], False), naive_root(data[:k])]


def grown(data: list[bytes], cuts: tuple[int, ...] = ()) -> dict[merkle.Subtree, bytes]:
    """Build the tree in batches that end at `cuts`, as the sequencer does."""
    hashes: dict[merkle.Subtree, bytes] = {}
    borders = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(borders):
        frontier = {part: hashes[part] for part in merkle.perfect(0, start)}
        hashes |= merkle.grow(start, frontier, map(merkle.leaf_hash, data[start:end]))
    return hashes


trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def test_the_known_vectors():
    assert merkle.root(0, {}).hex() == hashlib.sha256(b"").hexdigest()
    for size, expected in enumerate(ROOTS, start=1):
        assert merkle.root(size, grown(LEAVES[:size])).hex() == expected


def test_known_proofs_of_the_vectors():
    hashes = grown(LEAVES)
    inclusion = merkle.path(merkle.inclusion_ranges(5, 8), hashes)
    assert [digest.hex() for digest in inclusion] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    consistency = merkle.path(merkle.consistency_ranges(6, 8), hashes)
    assert [digest.hex() for digest in consistency] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(trees, st.tuples(st.integers(0, 99), st.integers(0, 99)))
def test_growing_in_any_batches_gives_the_naive_root(data, cuts):
    hashes = grown(data, cuts)
    assert merkle.root(len(data), hashes) == naive_root(data)
    for size in range(1, len(data) + 1):
        assert merkle.root(size, hashes) == naive_root(data[:size])


@given(trees, st.integers(0, 999))
def test_inclusion_proofs_are_the_naive_ones_and_verify(data, index):
    index %= len(data)
    hashes = grown(data)
    proof = merkle.path(merkle.inclusion_ranges(index, len(data)), hashes)
    assert proof == naive_path(index, data)
    leaf, root = merkle.leaf_hash(data[index]), naive_root(data)
    assert merkle.proves_inclusion(leaf, index, len(data), proof, root)


@given(trees, st.integers(0, 999))
def test_consistency_proofs_are_the_naive_ones_and_verify(data, old):
    old = old % len(data) + 1
    proof = merkle.path(merkle.consistency_ranges(old, len(data)), grown(data))
    assert proof == naive_consistency(old, data)
    roots = naive_root(data[:old]), naive_root(data)
    assert merkle.proves_consistency(old, len(data), *roots, proof)


@given(trees, st.integers(0, 999), st.integers(0, 255), st.data())
def test_a_changed_proof_proves_nothing(data, index, flip, draw):
    index %= len(data)
    hashes = grown(data)
    leaf, root = merkle.leaf_hash(data[index]), naive_root(data)
    proof = merkle.path(merkle.inclusion_ranges(index, len(data)), hashes)
    wrong_leaf = bytes([leaf[0] ^ (flip or 1)]) + leaf[1:]
    assert not merkle.proves_inclusion(wrong_leaf, index, len(data), proof, root)
    assert not merkle.proves_inclusion(leaf, index, len(data), [*proof, leaf], root)
    if proof:
        assert not merkle.proves_inclusion(leaf, index, len(data), proof[:-1], root)
        place = draw.draw(st.integers(0, len(proof) - 1))
        proof[place] = hashlib.sha256(proof[place]).digest()
        assert not merkle.proves_inclusion(leaf, index, len(data), proof, root)


@given(trees, st.integers(0, 999), st.data())
def test_a_rewritten_history_is_never_consistent(data, old, draw):
    old = old % len(data) + 1
    place = draw.draw(st.integers(0, old - 1))
    rewritten = [*data[:place], data[place] + b"!", *data[place + 1 :]]
    proof = merkle.path(merkle.consistency_ranges(old, len(data)), grown(rewritten))
    roots = naive_root(data[:old]), naive_root(rewritten)
    assert not merkle.proves_consistency(old, len(data), *roots, proof)


@given(st.integers(0, 40), st.integers(0, 2**20))
def test_every_subtree_has_a_place_of_its_own(level, index):
    assert LogNode.subtree(LogNode.place(level, index)) == (level, index)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 3)])
def test_no_proof_between_impossible_sizes(old, new):
    with pytest.raises(ValueError, match="cannot extend"):
        merkle.consistency_ranges(old, new)
