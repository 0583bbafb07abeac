"""Our readers against what hf_xet, the client's own library, writes."""

import io

import pytest

from models_registry.formats.xet import hashes, plans, shards, xorbs


@pytest.fixture(scope="module")
def indexes(written):
    return {name: xorbs.read(io.BytesIO(raw), name) for name, raw in written.xorbs.items()}


@pytest.fixture(scope="module")
def files(written):
    by_hash = {file.hash: file for file in shards.read(written.shard).files}
    return {name: by_hash[written.names[name]] for name in written.files}


def content_of(terms, indexes, written, skip=0):
    """Put the bytes of these terms together as a client would, from the stored xorbs."""
    parts = []
    for term in terms:
        first, behind = indexes[term.xorb].packed_range(term.start, term.end)
        stream = io.BytesIO(written.xorbs[term.xorb][first:behind])
        parts += xorbs.decoded(stream, term.start, term.end)
    return b"".join(parts)[skip:]


def test_the_published_vector_of_a_chunk():
    # The specification's example of a chunk hash.
    chunk = hashes.chunk_hash(b"Hello World!")
    assert chunk.hex() == "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8"
    text = "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb"
    assert hashes.to_text(chunk) == text
    assert hashes.from_text(text) == chunk


def test_every_scheme_is_met(written):
    schemes = set()
    for raw in written.xorbs.values():
        at = 0
        while not raw[at:].startswith(xorbs.FOOTER_MARK):
            schemes.add(raw[at + 4])
            at += xorbs.HEADER + int.from_bytes(raw[at + 1 : at + 4], "little")
    assert schemes == {xorbs.RAW, xorbs.LZ4, xorbs.GROUPED_LZ4}


def test_ends_are_told_by_the_headers_alone(written, indexes, tmp_path):
    for name, raw in written.xorbs.items():
        (tmp_path / name.hex()).write_bytes(raw)
        with (tmp_path / name.hex()).open("rb") as file:
            assert xorbs.ends(file) == (indexes[name].packed_ends, indexes[name].raw_ends)


def test_a_shard_describes_the_xorbs_that_came_with_it(written, indexes):
    described = {xorb.hash: xorb for xorb in shards.read(written.shard).xorbs}
    assert described.keys() == indexes.keys()
    for name, index in indexes.items():
        assert [chunk for chunk, *_ in described[name].chunks()] == list(index.hashes)
        assert described[name].raw_size == index.raw_size


@pytest.mark.parametrize("name", ["random", "floats", "fine-tune", "text", "tiny"])
def test_a_file_is_what_its_shard_says(written, indexes, files, name):
    file = files[name]
    terms = list(file.terms())
    nodes = [node for term in terms for node in indexes[term.xorb].nodes(term.start, term.end)]
    assert hashes.file_hash(nodes) == file.hash
    proofs = [hashes.term_hash(indexes[t.xorb].hashes[t.start : t.end]) for t in terms]
    assert proofs == list(file.verifications())
    assert file.sha256 == written.sha256(name)
    assert content_of(terms, indexes, written) == written.files[name]


def test_a_fine_tune_shares_the_chunks_of_its_base(files):
    base = {term.xorb for term in files["floats"].terms()}
    assert base & {term.xorb for term in files["fine-tune"].terms()}


@pytest.mark.parametrize("start, stop", [(0, 1), (1, 300_000), (299_999, 700_000), (999_990, None)])
def test_a_range_is_cut_at_chunks(written, indexes, files, start, stop):
    plan = plans.plan(list(files["fine-tune"].terms()), indexes, start, stop)
    content = content_of(plan.terms, indexes, written, plan.skip)
    wanted = written.files["fine-tune"][start:stop]
    assert content[: len(wanted)] == wanted
    assert len(content) - len(wanted) < xorbs.MAX_CHUNK


def test_a_footer_is_not_part_of_a_xorb(written, indexes):
    for name, raw in written.xorbs.items():
        kept = raw[: indexes[name].packed_size]
        assert raw[len(kept) :].startswith(xorbs.FOOTER_MARK)
        assert xorbs.read(io.BytesIO(kept), name) == indexes[name]
