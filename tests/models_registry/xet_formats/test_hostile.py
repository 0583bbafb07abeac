"""Cut, flipped, lying and swelling bytes: a `Malformed` each, and memory within the limits."""

import io
import random
import struct
import tempfile
import tracemalloc

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.formats.xet import Malformed, hashes, shards, xorbs


def header(size, scheme, raw_size, version=0):
    return (
        bytes([version])
        + size.to_bytes(3, "little")
        + bytes([scheme])
        + raw_size.to_bytes(3, "little")
    )


def chunk(content, scheme=xorbs.RAW, raw_size=None):
    return header(len(content), scheme, raw_size or len(content)) + content


def squeezed(content, **options):
    return lz4.frame.compress(content, store_size=False, **options)


def name_of(*contents):
    return hashes.tree_root([(hashes.chunk_hash(content), len(content)) for content in contents])


def test_a_xorb_of_each_scheme_reads_back():
    content = bytes(range(256)) * 40
    grouped = b"".join(content[at::4] for at in range(4))
    for scheme, stored in [(0, content), (1, squeezed(content)), (2, squeezed(grouped))]:
        raw = chunk(stored, scheme, len(content))
        index = xorbs.read(io.BytesIO(raw), name_of(content))
        assert index.raw_size == len(content)
        assert list(xorbs.decoded(io.BytesIO(raw))) == [content]


@given(st.binary(max_size=70))
def test_grouping_by_four_is_undone(content):
    assert xorbs.ungrouped(b"".join(content[at::4] for at in range(4))) == content


ONE = b"one chunk of content"
LYING = {
    "nothing": b"",
    "another content": chunk(b"something else"),
    "a version to come": header(3, 0, 3, version=1) + b"abc",
    "a cut header": chunk(ONE)[:5],
    "a cut chunk": chunk(ONE)[:-1],
    "an empty chunk": header(0, 0, 0),
    "a packed length of nothing": header(0, 1, 20),
    "a raw length too long": header(4, 1, xorbs.MAX_CHUNK + 1) + b"abcd",
    "a chunk that grew": header(21, 1, 20) + bytes(21),
    "two lengths": header(20, 0, 21) + ONE,
    "an unknown scheme": chunk(ONE, 3),
    "no frame": chunk(b"x" * 20, 1),
    "a frame that holds less": chunk(squeezed(bytes(1000)), 1, 1001),
    "a frame that holds more": chunk(squeezed(bytes(1000)), 1, 999),
    "something behind the frame": chunk(squeezed(bytes(1000)) + b"more", 1, 1000),
    "a cut frame": chunk(squeezed(bytes(1000))[:-2], 1, 1000),
    "a bomb": chunk(squeezed(bytes(16 * 2**20))[: xorbs.MAX_CHUNK], 1, xorbs.MAX_CHUNK),
    "too many chunks": chunk(b"x") * (xorbs.MAX_CHUNKS + 1),
}


@pytest.mark.parametrize("raw", LYING.values(), ids=LYING.keys())
def test_a_lying_xorb_is_refused(raw):
    with pytest.raises(Malformed):
        xorbs.read(io.BytesIO(raw), name_of(ONE))


def test_a_bomb_takes_no_memory():
    swollen = squeezed(bytes(2**26))  # 64 MiB of zeros
    bombs = chunk(swollen[: xorbs.MAX_CHUNK], xorbs.LZ4, xorbs.MAX_CHUNK)
    tracemalloc.start()
    with pytest.raises(Malformed):
        xorbs.read(io.BytesIO(bombs), name_of(ONE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_too_much_content_is_refused_before_it_is_all_read():
    content = bytes(xorbs.MAX_CHUNK)
    full = chunk(squeezed(content), xorbs.LZ4, len(content)) * (xorbs.MAX_RAW // len(content))
    stream = io.BytesIO(full + chunk(b"x") + b"never read")
    with pytest.raises(Malformed, match="bytes of content"):
        xorbs.read(stream, name_of(ONE))
    assert stream.read() == b"never read"


def mangled(raw, seed):
    """Return `raw` with something cut, flipped, doubled or written over."""
    chance = random.Random(seed)
    at = chance.randrange(len(raw))
    piece = raw[at : at + chance.choice([1, 4, 48])]
    turned = bytes(byte ^ (1 << chance.randrange(8)) for byte in piece)
    return chance.choice(
        [
            raw[:at],
            raw[at:],
            raw[:at] + turned + raw[at + len(piece) :],
            raw[:at] + piece + raw[at:],
            raw[:at] + chance.randbytes(len(piece)) + raw[at + len(piece) :],
            raw[:at] + b"\xff" * len(piece) + raw[at + len(piece) :],
        ]
    )


@given(st.integers(0, 2**32))
def test_a_mangled_xorb_never_passes_for_the_right_one(written, seed):
    for name, raw in written.xorbs.items():
        good = xorbs.read(io.BytesIO(raw), name)
        try:
            index = xorbs.read(io.BytesIO(mangled(raw[: good.packed_size], seed)), name)
        except Malformed:
            continue
        assert index == good  # the bytes behind the last chunk, or a change in a frame's own header


@given(st.integers(0, 2**32))
def test_the_ends_of_a_mangled_xorb_are_refused_or_within_it(written, seed):
    for raw in written.xorbs.values():
        broken = mangled(raw, seed)
        with tempfile.TemporaryFile() as file:
            file.write(broken)
            file.flush()
            try:
                packed_ends, raw_ends = xorbs.ends(file)
            except Malformed:
                continue
        assert 0 < packed_ends[0] <= packed_ends[-1] <= len(broken)
        assert 0 < raw_ends[-1] <= xorbs.MAX_RAW
        assert len(packed_ends) == len(raw_ends) <= xorbs.MAX_CHUNKS


@given(st.integers(0, 2**32))
def test_a_mangled_shard_is_read_or_refused(written, seed):
    try:
        shard = shards.read(mangled(written.shard, seed))
    except Malformed:
        return
    for file in shard.files:
        list(file.terms()), list(file.verifications())
    for xorb in shard.xorbs:
        list(xorb.chunks())


@given(st.binary(max_size=400))
def test_junk_is_refused(junk):
    with pytest.raises(Malformed):
        shards.read(junk)
    with pytest.raises(Malformed):
        shards.read(shards.TAG + struct.pack("<QQ", shards.VERSION, 0) + junk[:190])
    with pytest.raises(Malformed):
        xorbs.read(io.BytesIO(junk), hashes.EMPTY)


HEAD = shards.TAG + struct.pack("<QQ", shards.VERSION, 0)
END = b"\xff" * 32 + bytes(16)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<32sII8x", bytes(32), 0, 2**32 - 1),
        struct.pack("<32sII8x", bytes(32), shards.WITH_VERIFICATION, 1) + bytes(48) + END + END,
        struct.pack("<32sII8x", bytes(32), 0, 0) + END + END,
        END + struct.pack("<32sIIII", bytes(32), 0, xorbs.MAX_CHUNKS + 1, 0, 0),
        END + struct.pack("<32sIIII", bytes(32), 0, 0, 0, 0) + END,
        END,
    ],
)
def test_a_shard_that_promises_more_than_it_holds_is_refused(body):
    with pytest.raises(Malformed):
        shards.read(HEAD + body)


def test_a_shard_of_another_version_is_refused():
    raw = shards.TAG + struct.pack("<QQ", 3, 0) + END + END
    with pytest.raises(Malformed, match="version"):
        shards.read(raw)


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "٣" * 64])
def test_only_a_canonical_hash_is_a_hash(text):
    with pytest.raises(Malformed):
        hashes.from_text(text)


@given(st.binary(min_size=32, max_size=32))
def test_a_hash_reads_back(raw):
    assert hashes.from_text(hashes.to_text(raw)) == raw


@given(st.binary(max_size=200))
def test_an_index_that_was_not_written_by_us_is_refused(raw):
    with pytest.raises(Malformed):
        xorbs.Index.from_bytes(raw)
