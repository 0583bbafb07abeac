"""Elections that were held elsewhere come out as they were published."""

import pytest

from governance.tally import tally
from governance.tally.outcome import Outcome, Step
from tests.governance.tally.published import Case, Expected, all_of, cases, rankings

THRESHOLDS = {
    ">= 2/3 of yes+no": {"share": "2/3", "comparison": ">="},
    "> 1/2 of yes+no": {"share": "1/2", "comparison": ">"},
}
# What these single-winner cases say nothing about. Each of them is counted by every other method.
UNPUBLISHED = {
    "irv-enwiki-bob-sue-bill": {"schulze"},
    "irv-dead-heat": {"schulze"},
    "condorcet-cycle-3": {"irv"},
}
QUORUMS = {"participation >= 25%": {"counts": "cast", "share": "1/4"}}


def step(outcome: Outcome, kind: str) -> Step:
    return next(step for step in outcome.steps if step["kind"] == kind)


@pytest.mark.parametrize("case", cases("debian.json"))
def test_debian(case: Case):
    rules = case["rules"]
    rule = {
        "method": "schulze",
        "default": case["default_option"],
        "quorum": {"counts": "above_default", "at_least": rules["quorum"]},
        "ratio": rules["majority"],
        "comparison": ">",
    }
    outcome = tally(rule, list(case["options"]), rankings(case))
    assert outcome.outcome == "elected"
    assert outcome.ballots == case["n_ballots"]
    with all_of(case) as expected:
        assert list(outcome.winners) == expected["winners"] == expected["schwartz_set"]
        assert step(outcome, "pairwise")["matrix"] == expected["pairwise"]
        assert step(outcome, "quorum")["dropped"] == expected["dropped_by_quorum"]
        assert step(outcome, "quorum")["counts"] == expected["quorum_counts"]
        assert step(outcome, "ratio")["dropped"] == expected["dropped_by_majority"]


@pytest.mark.parametrize("case", cases("single_winner.json"))
def test_single_winner(case: Case):
    published = {"irv", "schulze"} - UNPUBLISHED.get(case["id"], set())
    assert published == {"irv", "schulze"} & set(case["expected"])
    with all_of(case) as expected:
        for method in sorted(published):
            outcome = tally({"method": method}, case["options"], rankings(case))
            check_single_winner(outcome, method, expected)


def check_single_winner(outcome: Outcome, method: str, expected: Expected) -> None:
    if expected.get("tie"):
        assert (outcome.outcome, outcome.winners) == ("tie", ())
        assert list(outcome.tied) == expected[method]
    else:
        assert (outcome.outcome, list(outcome.winners)) == ("elected", expected[method])
    if method == "schulze" and "condorcet_winner" in expected:
        assert (*outcome.winners, None)[0] == expected["condorcet_winner"]
    if method == "irv" and "irv_elimination_order" in expected:
        rounds = [step for step in outcome.steps if step["kind"] == "round"]
        out = [option for step in rounds for option in step["eliminated"]]
        out += [option for option in rounds[-1]["votes"] if option not in outcome.winners]
        assert out == expected["irv_elimination_order"]


@pytest.mark.parametrize("case", cases("threshold.json"))
def test_threshold(case: Case):
    rules = case["rules"]
    if "ratio" in rules:  # V > N·D is V > N/(N+1) of V + D
        assert rules["comparison"] == "V>N*D"
        share = f"{rules['ratio']}/{rules['ratio'] + 1}"
        rule = {"method": "threshold", "threshold": {"share": share, "comparison": ">"}}
    else:
        rule = {"method": "threshold", "threshold": THRESHOLDS[rules["threshold"]]}
    if "quorum" in rules:
        rule["quorum"] = QUORUMS[rules["quorum"]]
    rule["eligible"] = case["eligible"]
    outcome = tally(rule, case["options"], [(n, name) for name, n in case["counts"].items()])
    with all_of(case) as expected:
        assert (outcome.outcome == "passed") == expected["passed"]
        assert outcome.outcome == expected.get("reason", outcome.outcome)
        if "quorum_met" in expected:
            assert outcome.quorum is not None
            assert outcome.quorum["met"] == expected["quorum_met"]


@pytest.mark.parametrize("case", cases("approval.json"))
def test_approval(case: Case):
    """Only totals were published: each is fed as ballots that approve one name."""
    ballots = [(count, [name]) for name, count in case["approval_totals"].items()]
    rule = {"method": "approval", "seats": case["seats"]}
    outcome = tally(rule, case["options"], ballots)
    assert step(outcome, "approvals")["counts"] == case["approval_totals"]
    with all_of(case) as expected:
        if expected.get("tie"):
            assert outcome.outcome == "tie"
            assert sorted(outcome.winners) == expected["elected_certain"]
            assert sorted(outcome.tied) == expected["tied_for_last_seat"]
        else:
            assert outcome.outcome == "elected"
            assert sorted(outcome.winners) == sorted(expected["elected"])


@pytest.mark.parametrize("case", cases("star.json"))
def test_star(case: Case):
    rule = {"method": "star", "seats": case["seats"], "max_score": case["max_score"]}
    ballots = [(row["count"], row["scores"]) for row in case["ballots"]]
    outcome = tally(rule, case["options"], ballots)
    with all_of(case) as expected:
        assert list(outcome.winners) == expected["elected"]
        if expected.get("tie"):
            assert (outcome.outcome, list(outcome.tied)) == ("tie", expected["tied"])
        if "runoff" in expected:
            assert step(outcome, "scores")["totals"] == expected["score_totals"]
            runoff = step(outcome, "runoff")
            assert runoff["counts"] | {"none": runoff["equal"]} == expected["runoff"]


@pytest.mark.parametrize("case", cases("stv.json"))
def test_stv(case: Case):
    names = case["options"]
    rule = {"method": "stv", "seats": case["seats"], "withdrawn": case["withdrawn"]}
    outcome = tally(rule, list(names), [tuple(pair) for pair in case["ballots"]])
    assert outcome.outcome == "elected"
    quota = step(outcome, "quota")["quota"]
    with all_of(case) as expected:
        assert {names[option] for option in outcome.winners} == set(expected["elected"])
        assert quota == expected.get("quota", quota)
