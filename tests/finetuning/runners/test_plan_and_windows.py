"""Batch plans come from the data alone; windows leave no word out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetuning.runners.plan import SPREAD, plan
from finetuning.runners.tokenizer import Encoded
from finetuning.runners.windows import windows

lengths = st.lists(st.integers(1, 600), min_size=1, max_size=200)


@given(lengths, st.integers(16, 4096))
def test_every_row_is_in_one_batch_and_no_batch_passes_the_budget(
    sizes: list[int], budget: int
) -> None:
    found = plan(sizes, budget)
    assert sorted(n for batch in found.batches for n in batch) == list(range(len(sizes)))
    for batch in found.batches:
        rows = [sizes[n] for n in batch]
        assert len(rows) == 1 or max(rows) * len(rows) <= budget
        assert max(rows) <= min(rows) * (1 + SPREAD) + 1
    assert found.padded <= (sum(sizes) * (1 + SPREAD) + len(sizes))


@given(lengths)
def test_the_plan_is_a_function_of_lengths_and_budget(sizes: list[int]) -> None:
    assert plan(sizes, 512).sha256 == plan(list(sizes), 512).sha256
    assert plan(sizes, 512).sha256 != plan(sizes, 513).sha256


def row(pieces_of_words: list[int]) -> Encoded:
    words = [word for word, n in enumerate(pieces_of_words) for _ in range(n)]
    return Encoded(list(range(len(words))), list(words))


@given(st.lists(st.integers(1, 7), min_size=1, max_size=300), st.integers(8, 64))
def test_each_word_is_answered_once_within_its_window(sizes: list[int], room: int) -> None:
    given_row = row(sizes)
    found = windows([given_row], room)
    answered = [word for window in found for word, _ in window.answers]
    assert sorted(answered) == list(range(len(sizes)))
    for window in found:
        assert window.stop - window.start <= room
        for word, position in window.answers:
            piece = window.start + position
            assert given_row.words[piece] == word
            assert piece == given_row.words.index(word)


def test_a_word_has_context_on_both_sides_where_there_is_any() -> None:
    found = windows([row([1] * 200)], 40)
    for window in found:
        for _, position in window.answers:
            left = window.start == 0 or position >= 4
            right = window.stop == 200 or position < (window.stop - window.start) - 4
            assert left and right


def test_a_word_longer_than_the_window_is_still_answered() -> None:
    found = windows([row([2, 50, 2])], 16)
    assert sorted(word for window in found for word, _ in window.answers) == [0, 1, 2]


def test_words_without_pieces_are_left_to_the_scorer() -> None:
    found = windows([Encoded([5, 6], [0, 2])], 16)
    assert [word for word, _ in found[0].answers] == [0, 2]


@pytest.mark.parametrize("seed", range(3))
def test_order_of_equal_lengths_is_that_of_the_data(seed: int) -> None:
    sizes = [random.Random(seed).randint(5, 8) for _ in range(50)]
    order = [n for batch in plan(sizes, 10**6).batches for n in batch]
    assert order == sorted(range(50), key=lambda n: (sizes[n], n))


def test_special_tokens_that_fill_the_window_are_refused() -> None:
    from types import SimpleNamespace

    from finetuning.runners import native
    from finetuning.runners.channel import Fault

    model = SimpleNamespace(config=SimpleNamespace(model_type="bert", max_position_embeddings=64))
    assert native.room(model, 512, 2) == 62
    with pytest.raises(Fault, match="no room"):
        native.room(model, 512, 64)
