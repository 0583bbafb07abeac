"""The ranked method's rule text, where other readings of it would elect somebody else."""

import pytest

from governance.tally import RuleError, tally
from tests.governance.tally.checkers import loaded

counting = loaded("counting")

OPTIONS = ["a", "b", "c"]
SCHULZE = {"method": "schulze"}
DEFAULT = SCHULZE | {"default": "c"}


def test_a_defeat_is_as_strong_as_its_winning_votes_not_as_its_margin():
    """a beats b 5:4, b beats c 4:2, c beats a 5:3; margins would drop a's defeat of b."""
    votes = [(1, ["b"]), (3, ["a"]), (3, ["b", "c", "a"]), (2, ["c", "a", "b"])]
    assert tally(SCHULZE, OPTIONS, votes).winners == ("c",)


def test_of_equal_winning_votes_the_one_with_fewer_losing_votes_is_stronger():
    """a beats c 5:2; b beats a 4:3 and c beats b 4:2, of which the first is the weaker."""
    votes = [(1, ["a"]), (2, ["a", "c", "b"]), (2, ["b", "a"]), (2, ["c", "b", "a"])]
    assert tally(SCHULZE, OPTIONS, votes).winners == ("a",)


def test_unranked_is_last_and_not_without_opinion():
    votes = [(3, ["a"]), (2, ["b", "a"])]
    assert tally(SCHULZE, ["a", "b"], votes).winners == ("a",)
    assert tally(DEFAULT, OPTIONS, [(1, ["c", "a"]), (1, ["a"])]).outcome == "default"


def test_a_ratio_is_strict_unless_the_rule_says_otherwise():
    votes = [(2, ["a"]), (1, ["c"])]
    twice = DEFAULT | {"ratio": {"a": 2}}
    assert tally(twice, ["a", "c"], votes).outcome == "default"
    assert tally(twice | {"comparison": ">="}, ["a", "c"], votes).winners == ("a",)


def test_a_quorum_is_asked_of_each_option_and_is_exact():
    votes = [(45, ["a"]), (46, ["b", "c", "a"])]
    asked = {"counts": "above_default", "at_least": "45.2741648183597"}
    outcome = tally(DEFAULT | {"quorum": asked}, OPTIONS, votes)
    assert outcome.winners == ("b",)
    (step,) = [step for step in outcome.steps if step["kind"] == "quorum"]
    assert step["dropped"] == ["a"]


@pytest.mark.parametrize(
    ("ada", "quorum", "outcome", "winners"),
    [
        (">=", 2, "elected", ("a",)),  # exactly two to one is enough for it
        (">", 2, "elected", ("b",)),  # and would not be here: then b, which asks for less, passes
        (">=", 5, "elected", ("b",)),
    ],
)
def test_each_option_can_need_a_rule_of_its_own(ada, quorum, outcome, winners):
    votes = [(4, ["a", "b", "c"]), (1, ["c", "a"]), (1, ["c", "b"])]
    rule = DEFAULT | {
        "ratio": {"a": 2, "b": 1},
        "comparison": {"a": ada, "b": ">"},
        "quorum": {"counts": "above_default", "at_least": {"a": quorum, "b": 1}},
    }
    found = tally(rule, OPTIONS, votes)
    assert (found.outcome, found.winners) == (outcome, winners)
    choices = [ranks for number, ranks in votes for _ in range(number)]
    plain = [[[option] for option in ranks] for ranks in choices]
    assert counting.count(rule, OPTIONS, plain) == (outcome, list(winners), [])


@pytest.mark.parametrize(
    "rule",
    [
        {"comparison": {"a": ">"}},
        {"comparison": {"a": ">", "b": ">", "c": ">"}},
        {"comparison": {"a": ">", "b": "="}},
        {"quorum": {"counts": "above_default", "at_least": {"a": 1}}},
        {"quorum": {"counts": "above_default", "at_least": {"a": 1, "b": 1, "x": 1}}},
        {"quorum": {"counts": "cast", "at_least": {"a": 1, "b": 1}}},
    ],
)
def test_a_rule_of_its_own_is_said_for_each_option_that_could_pass(rule):
    with pytest.raises(RuleError):
        tally(DEFAULT | rule, OPTIONS, [])


def test_a_tie_is_reported_with_the_lot_that_decides_nothing():
    votes = [(2, ["a", "b", "c"]), (2, ["b", "c", "a"]), (1, ["c", "a", "b"])]
    outcome = tally(SCHULZE | {"lot": {"poll": "1", "root": "00" * 32}}, OPTIONS, votes)
    assert (outcome.outcome, outcome.winners, outcome.tied) == ("tie", (), ("a", "b"))
    assert outcome.steps[-1]["kind"] == "lot"
