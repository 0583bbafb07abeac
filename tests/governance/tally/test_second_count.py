"""The counting of docs/verify, written apart from ours, comes to the same in every election."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.tally import normal_ballot, tally
from tests.governance.tally.checkers import loaded
from tests.governance.tally.profiles import BALLOTS, OPTIONS, RULES, Votes, votes_of

counting = loaded("counting")

withdrawn = st.lists(st.sampled_from(OPTIONS[:4]), unique=True, max_size=2)


def agree(rule: dict, votes: Votes) -> None:
    choices = [normal_ballot(rule, OPTIONS, ballot) for n, ballot in votes for _ in range(n)]
    ours = tally(rule, OPTIONS, votes)
    theirs = counting.count(rule, OPTIONS, choices)
    assert (ours.outcome, list(ours.winners), list(ours.tied)) == theirs


@pytest.mark.parametrize("name", sorted(RULES))
@given(data=st.data())
def test_they_agree(name, data):
    votes = data.draw(votes_of(BALLOTS[name]))
    agree(RULES[name] | {"withdrawn": data.draw(withdrawn)}, votes)


def test_a_ballot_passes_over_whoever_is_elected():
    """Bo's one ballot names Cy next, who has just the quota: it lifts Ada to hers."""
    votes = [(1, ["bo", "cy", "ada"]), (3, ["ada"]), (3, ["dee"]), (4, ["cy"])]
    agree(RULES["stv"], votes)
    assert tally(RULES["stv"], OPTIONS, votes).winners == ("cy", "ada")


@given(st.lists(st.sampled_from(["yes", "no", "abstain"])), st.sampled_from(["1/2", "2/3"]))
def test_they_agree_on_thresholds(choices, share):
    rule = {
        "method": "threshold",
        "threshold": {"share": share, "comparison": ">"},
        "quorum": {"counts": "decided", "share": "1/3"},
        "eligible": 12,
    }
    options = ["yes", "no", "abstain"]
    ours = tally(rule, options, [(1, choice) for choice in choices])
    theirs = counting.count(rule, options, choices)
    assert (ours.outcome, list(ours.winners), list(ours.tied)) == theirs
