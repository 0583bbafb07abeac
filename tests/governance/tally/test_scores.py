"""STAR's ladders, rung by rung."""

from governance.tally import tally

OPTIONS = ["a", "b", "c"]
STAR = {"method": "star"}


def test_a_tied_runoff_goes_to_the_higher_score():
    """One prefers a, one b; a has 6 points and b 7, though a has the only highest score."""
    votes = [(1, {"a": 5, "b": 4}), (1, {"a": 1, "b": 3})]
    outcome = tally(STAR, OPTIONS, votes)
    assert outcome.winners == ("b",)
    assert [rung["by"] for rung in outcome.steps[-1]["ladder"]] == ["total"]


def test_then_to_more_highest_scores():
    votes = [(1, {"a": 5, "b": 4}), (1, {"a": 2, "b": 3})]
    outcome = tally(STAR, OPTIONS, votes)
    assert outcome.winners == ("a",)
    assert [rung["by"] for rung in outcome.steps[-1]["ladder"]] == ["total", "highest"]


def test_a_tie_for_the_runoff_goes_to_who_is_preferred_in_pairs():
    """b and c both have 4 points; one prefers b to c, two prefer c."""
    votes = [(1, {"a": 5, "b": 4}), (2, {"a": 4, "c": 2})]
    scores, _runoff = tally(STAR, OPTIONS, votes).steps
    assert scores["ladder"] == [{"by": "head_to_head", "counts": {"b": 1, "c": 2}}]
    assert scores["finalists"] == ["a", "c"]


def test_bloc_star_fills_seat_by_seat_and_keeps_what_is_certain():
    votes = [(2, {"a": 5, "b": 3, "c": 3, "d": 4})]
    outcome = tally(STAR | {"seats": 2}, [*OPTIONS, "d"], votes)
    assert (outcome.outcome, outcome.winners, outcome.tied) == ("tie", ("a",), ("b", "c"))


def test_a_group_with_its_seats_is_out_of_the_next_rounds():
    caps = {"most": 1, "groups": {"a": "one firm", "b": "one firm"}}
    votes = [(3, {"a": 5, "b": 4, "c": 1})]
    assert tally(STAR | {"seats": 2, "caps": caps}, OPTIONS, votes).winners == ("a", "c")
    assert tally(STAR | {"seats": 2}, OPTIONS, votes).winners == ("a", "b")
