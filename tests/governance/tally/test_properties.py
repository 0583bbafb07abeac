"""What holds in every election, whatever the ballots."""

import json

from hypothesis import assume, given
from hypothesis import strategies as st

from governance.tally import tally
from governance.tally.methods.schulze import pairwise
from tests.governance.tally.profiles import (
    BALLOTS,
    OPTIONS,
    RULES,
    elections,
    orders,
    renamed,
    shuffled,
    votes_of,
    weak_orders,
)

NAMES = dict(zip(OPTIONS, ["zoe", "yan", "xi", "wu", "vic"], strict=True))


@given(elections, st.integers(0, 99))
def test_neither_voters_nor_their_order_matter(election, seed):
    rule, votes = election
    again = tally(rule, OPTIONS[::-1], shuffled(votes, seed))
    assert again.as_json() == tally(rule, OPTIONS, votes).as_json()


@given(st.sampled_from(["schulze", "approval", "star", "bloc_star", "stv", "irv"]), st.data())
def test_names_do_not_matter(name, data):
    votes = data.draw(votes_of(BALLOTS[name]))
    before = tally(RULES[name], OPTIONS, votes)
    other = [(number, renamed(ballot, NAMES.__getitem__)) for number, ballot in votes]
    after = tally(RULES[name], list(NAMES.values()), other)
    assert after.outcome == before.outcome
    assert set(after.winners) == {NAMES[option] for option in before.winners}
    assert set(after.tied) == {NAMES[option] for option in before.tied}


@given(elections)
def test_counting_everybody_twice_elects_the_same(election):
    rule, votes = election
    assume("quorum" not in rule and rule["method"] != "stv")  # a quota is not a share
    twice = tally(rule, OPTIONS, [(2 * number, ballot) for number, ballot in votes])
    once = tally(rule, OPTIONS, votes)
    assert (twice.outcome, twice.winners, twice.tied) == (once.outcome, once.winners, once.tied)


@given(elections, st.integers(1, 50))
def test_an_empty_ballot_decides_nothing(election, number):
    rule, votes = election
    empty = {} if rule["method"] == "star" else []
    more = tally(rule, OPTIONS, [*votes, (number, empty)])
    once = tally(rule, OPTIONS, votes)
    assert (more.outcome, more.winners, more.tied) == (once.outcome, once.winners, once.tied)


@given(elections, st.integers(1, 60))
def test_a_missed_quorum_elects_nobody(election, needed):
    rule, votes = election
    assume("quorum" not in rule)
    asked = rule | {"quorum": {"counts": "cast", "at_least": needed}}
    outcome = tally(asked, OPTIONS, votes)
    assert outcome.quorum is not None
    cast = sum(number for number, _ in votes)
    assert outcome.quorum["met"] == (cast >= needed)
    if cast < needed:
        assert (outcome.outcome, outcome.winners, outcome.tied) == ("no_quorum", (), ())
    else:
        assert outcome.outcome == tally(rule, OPTIONS, votes).outcome


@given(elections)
def test_an_outcome_is_one_of_the_known_and_fills_no_more_than_the_seats(election):
    rule, votes = election
    outcome = tally(rule, OPTIONS, votes)
    winners, tied = set(outcome.winners), set(outcome.tied)
    assert len(outcome.winners) == len(winners) <= rule.get("seats", 1)
    assert (outcome.outcome == "tie") == bool(tied)
    assert (outcome.outcome in ("elected", "default")) == (bool(winners) and not tied)


@given(elections)
def test_the_record_is_plain_json_without_a_float(election):
    rule, votes = election
    said = json.dumps(tally(rule, OPTIONS, votes).as_json(), allow_nan=False)

    def refuse(text: str) -> None:
        raise AssertionError(text)

    assert json.loads(said, parse_float=refuse)["outcome"]


@given(votes_of(weak_orders))
def test_schulze_elects_who_beats_everybody(votes):
    matrix = pairwise([(n, b) for n, b in votes], OPTIONS)
    best = [a for a in OPTIONS if all(matrix[a][b] > matrix[b][a] for b in OPTIONS if b != a)]
    if best:
        assert list(tally(RULES["schulze"], OPTIONS, votes).winners) == best


@given(votes_of(weak_orders))
def test_no_option_beaten_by_the_default_is_elected(votes):
    rule = {"method": "schulze", "default": "eve"}
    matrix = pairwise(votes, OPTIONS)
    outcome = tally(rule, OPTIONS, votes)
    for winner in {*outcome.winners, *outcome.tied} - {"eve"}:
        assert matrix[winner]["eve"] > matrix["eve"][winner]


@given(votes_of(orders, most=400), st.integers(1, 4), st.booleans())
def test_stv_loses_no_vote(votes, seats, with_lot):
    rule = RULES["stv_lot" if with_lot else "stv"] | {"seats": seats}
    outcome = tally(rule, OPTIONS, votes)
    facts, *stages = outcome.steps
    assert len(outcome.winners) <= seats
    for stage in stages:
        there = sum(stage["votes"].values()) + stage["exhausted"] + stage["lost"]
        assert there == facts["valid"] * facts["unit"]
        assert all(number >= 0 for number in stage["votes"].values())
    if stages and with_lot:
        assert len(outcome.winners) == min(seats, len(OPTIONS))


@given(votes_of(orders, most=400))
def test_a_group_with_quotas_enough_gets_its_seats(votes):
    """Who solidly supports two options and holds two quotas elects both of them."""
    solid = sum(n for n, order in votes if {"ada", "bo"} == set(order[:2]))
    outcome = tally(RULES["stv_lot"], OPTIONS, votes)
    quota = outcome.steps[0]["quota"]
    if solid >= 2 * quota:
        assert set(outcome.winners) == {"ada", "bo"}


@given(votes_of(orders))
def test_irv_elects_a_majority_and_never_who_nobody_ranks(votes):
    outcome = tally(RULES["irv"], OPTIONS, votes)
    firsts = {o: sum(n for n, order in votes if order[:1] == [o]) for o in OPTIONS}
    total = sum(firsts.values())
    for option, number in firsts.items():
        if 2 * number > total:
            assert outcome.winners == (option,)
    ranked = {option for _, order in votes for option in order}
    assert {*outcome.winners, *outcome.tied} <= ranked


@given(votes_of(BALLOTS["approval"]), st.sampled_from(OPTIONS))
def test_one_more_approval_never_unseats(votes, option):
    before = tally(RULES["approval"], OPTIONS, votes)
    after = tally(RULES["approval"], OPTIONS, [*votes, (1, [option])])
    if option in before.winners:
        assert option in after.winners
