"""Plans of ranges, against the file put together the slow way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.formats.xet import plans, shards, xorbs

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=12)


@st.composite
def files(draw):
    """Some xorbs, and a file of runs of their chunks."""
    indexes = {}
    for number in range(draw(st.integers(1, 3))):
        sizes = draw(SIZES)
        ends = tuple(sum(sizes[: at + 1]) for at in range(len(sizes)))
        packed = tuple(end + 8 * (at + 1) for at, end in enumerate(ends))
        names = tuple(bytes([number, at]) + bytes(30) for at in range(len(sizes)))
        indexes[bytes([number]) * 32] = xorbs.Index(names, packed, ends)
    terms = []
    for _ in range(draw(st.integers(1, 6))):
        xorb = draw(st.sampled_from(sorted(indexes)))
        start = draw(st.integers(0, len(indexes[xorb]) - 1))
        end = draw(st.integers(start + 1, len(indexes[xorb])))
        first, behind = indexes[xorb].raw_range(start, end)
        terms.append(shards.Term(xorb, start, end, behind - first))
    return terms, indexes


def bytes_of(terms, indexes):
    """Name each byte of a file by the xorb and the place in it."""
    return [
        (term.xorb, at)
        for term in terms
        for at in range(*indexes[term.xorb].raw_range(term.start, term.end))
    ]


@given(files(), st.data())
def test_a_plan_gives_the_range_and_less_than_a_chunk_more(file, data):
    terms, indexes = file
    whole = bytes_of(terms, indexes)
    start = data.draw(st.integers(0, len(whole) - 1))
    stop = data.draw(st.none() | st.integers(start + 1, len(whole) + 5))
    plan = plans.plan(terms, indexes, start, stop)
    wanted = whole[start:stop]
    assert bytes_of(plan.terms, indexes)[plan.skip :][: len(wanted)] == wanted
    first, last = plan.terms[0], plan.terms[-1]
    assert plan.skip < indexes[first.xorb].nodes(first.start, first.start + 1)[0][1]
    spare = sum(term.size for term in plan.terms) - plan.skip - len(wanted)
    assert spare < indexes[last.xorb].nodes(last.end - 1, last.end)[0][1]
    chosen, before = plans.cut(plans.to_rows(terms), start, stop)
    cut_off = plans.plan(chosen, indexes, start - before, stop and stop - before)
    assert cut_off == plan
    assert {term.xorb for term in chosen} == plan.fetches.keys()


@given(files())
def test_every_term_lies_inside_one_fetch_and_fetches_do_not_touch(file):
    terms, indexes = file
    plan = plans.plan(terms, indexes)
    for term in plan.terms:
        around = [f for f in plan.fetches[term.xorb] if f.start <= term.start and term.end <= f.end]
        assert len(around) == 1
    for xorb, fetches in plan.fetches.items():
        assert all(one.end < other.start for one, other in pairwise(fetches))
        for fetch in fetches:
            first, behind = indexes[xorb].packed_range(fetch.start, fetch.end)
            assert (fetch.first, fetch.last) == (first, behind - 1)


@given(files())
def test_a_range_behind_the_end_is_out_of_range(file):
    terms, indexes = file
    size = sum(term.size for term in terms)
    with pytest.raises(plans.OutOfRange):
        plans.plan(terms, indexes, size)
    assert plans.cut(plans.to_rows(terms), size) == ([], size)


@given(files())
def test_terms_read_back(file):
    terms, _ = file
    rows = plans.to_rows(terms)
    assert len(rows) == 44 * len(terms)
    assert plans.from_rows(rows) == terms
