"""One proof for many events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.events import bundles, merkle, sequencer
from portal.events.models import Event
from tests.factories import EventFactory


@given(st.integers(1, 70).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_the_parts_without_the_chosen_leaves_are_the_rest_of_the_tree(drawn):
    size, chosen = drawn
    parts = list(bundles.parts_without(sorted(chosen), 0, size))
    rest = [index for start, end in parts for index in range(start, end)]
    assert sorted([*rest, *chosen]) == list(range(size))


def test_neighbours_need_few_hashes():
    assert len(list(bundles.parts_without(range(300, 1000), 0, 1_000_000))) < 40


def test_a_bundle_leads_to_the_signed_root(db, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"
    EventFactory.create_batch(4)
    mine = [EventFactory(subject="poll:1") for _ in range(2)]
    EventFactory.create_batch(5)
    head = sequencer.sequence()
    bundle = bundles.bundle(Event.objects.filter(subject="poll:1"))
    leaves = {entry["index"]: entry["leaf"].encode() for entry in bundle["entries"]}

    def root(start: int, end: int) -> bytes:
        if f"{start}-{end}" in bundle["ranges"]:
            return bytes.fromhex(bundle["ranges"][f"{start}-{end}"])
        if end - start == 1:
            return merkle.leaf_hash(leaves[start])
        middle = start + merkle.split(end - start)
        return merkle.node_hash(root(start, middle), root(middle, end))

    assert head is not None and len(leaves) == len(mine)
    assert root(0, head.size) == bytes(head.root)


def test_an_event_that_no_head_covers_yet_has_no_bundle(db, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"
    EventFactory.create_batch(2)
    sequencer.sequence()
    EventFactory(subject="poll:1")
    with pytest.raises(bundles.NotInTheLogYet):
        bundles.bundle(Event.objects.filter(subject="poll:1"))
