"""Yes, no or abstain: published and derived cases, and what may never turn a vote round."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.tally import Outcome, RuleError, tally

OPTIONS = ["yes", "no", "abstain"]
TWO_THIRDS = {"method": "threshold", "threshold": {"share": "2/3", "comparison": ">="}}
MAJORITY = {"method": "threshold", "threshold": {"share": "1/2", "comparison": ">"}}
QUARTER = {"eligible": 100, "quorum": {"counts": "cast", "share": "1/4"}}

counts = st.integers(0, 200)


def voted(rule: dict[str, Any], yes: int, no: int, abstain: int) -> Outcome:
    return tally(rule, OPTIONS, [(yes, "yes"), (no, "no"), (abstain, "abstain")])


@pytest.mark.parametrize(
    ("rule", "votes", "outcome"),
    [
        (TWO_THIRDS, (4, 1, 0), "passed"),
        (TWO_THIRDS, (3, 2, 0), "rejected"),
        (TWO_THIRDS, (0, 0, 12), "rejected"),
        (TWO_THIRDS, (0, 0, 0), "rejected"),
        (TWO_THIRDS, (10, 10, 0), "rejected"),
        (TWO_THIRDS | QUARTER, (20, 0, 0), "no_quorum"),
        (TWO_THIRDS | QUARTER, (20, 10, 40), "passed"),
        (TWO_THIRDS | QUARTER, (19, 10, 40), "rejected"),
        (MAJORITY, (10, 10, 5), "tie"),
        (MAJORITY, (11, 10, 5), "passed"),
        (MAJORITY | {"quorum": {"counts": "decided", "at_least": 22}}, (11, 10, 5), "no_quorum"),
        (MAJORITY | {"quorum": {"counts": "yes", "at_least": 11}}, (11, 10, 5), "passed"),
    ],
)
def test_what_a_vote_comes_to(rule, votes, outcome):
    assert voted(rule, *votes).outcome == outcome


def test_the_record_says_what_was_compared():
    outcome = voted(TWO_THIRDS | QUARTER, 20, 10, 40)
    (step,) = outcome.steps
    assert (step["left"], step["right"], step["comparison"]) == (60, 60, ">=")
    assert outcome.quorum is not None
    assert (outcome.quorum["needed"], outcome.quorum["counted"]) == ("25", 70)
    assert outcome.winners == ("yes",)


@given(yes=counts, no=counts, abstain=counts)
def test_one_more_yes_never_un_passes(yes, no, abstain):
    if voted(TWO_THIRDS | QUARTER, yes, no, abstain).outcome == "passed":
        assert voted(TWO_THIRDS | QUARTER, yes + 1, no, abstain).outcome == "passed"


@given(yes=counts, no=counts, abstain=counts, more=counts)
def test_abstaining_never_decides(yes, no, abstain, more):
    before = voted(MAJORITY, yes, no, abstain)
    after = voted(MAJORITY, yes, no, abstain + more)
    assert before.outcome == after.outcome


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"method": "threshold"},
        {"method": "coin"},
        {"method": "threshold", "threshold": {"share": 0.5, "comparison": ">"}},
        {"method": "threshold", "threshold": {"share": "1/0", "comparison": ">"}},
        {"method": "threshold", "threshold": {"share": "2/1", "comparison": ">"}},
        {"method": "threshold", "threshold": {"share": "1/2", "comparison": "=>"}},
        MAJORITY | {"quorum": {"counts": "cast", "share": "1/4"}},
        MAJORITY | {"quorum": {"counts": "heads", "at_least": 1}},
        MAJORITY | {"quorom": {}},
    ],
)
def test_a_rule_without_meaning_is_refused(rule):
    with pytest.raises(RuleError):
        voted(rule, 1, 1, 1)
