"""STV and instant runoff: counts worked out by hand."""

import hashlib

from governance.tally import tally

ROOT = "5e" * 32
OPTIONS = ["a", "b", "c", "d"]
STV = {"method": "stv", "seats": 2}


def test_a_surplus_moves_at_a_value_cut_off_after_five_decimals():
    """Quota 9; a's surplus of 2 over 11 ballots is worth 0.18181 each, and 0.00009 is lost."""
    votes = [(9, ["a", "b"]), (2, ["a", "c"]), (5, ["b"]), (5, ["c"]), (4, ["d"])]
    outcome = tally(STV, OPTIONS, votes)
    facts, first, second, third, last = outcome.steps
    assert (facts["quota"], facts["unit"]) == (9, 100_000)
    assert first["elected"] == ["a"]
    assert second["to"] == {"b": 9 * 18_181, "c": 2 * 18_181}
    assert second["to_lost"] == 9
    assert second["votes"] == {"a": 900_000, "b": 663_629, "c": 536_362, "d": 400_000}
    assert (third["from"], third["to_exhausted"]) == (["d"], 400_000)
    assert (last["from"], last["elected_without_quota"]) == (["c"], ["b"])
    assert outcome.winners == ("a", "b")


def test_a_tie_is_broken_by_the_most_recent_stage_that_tells_them_apart():
    """b and c are level at 5 when one must go; c had more at first, b a stage before."""
    votes = [(8, ["a"]), (3, ["b"]), (4, ["c"]), (1, ["d", "c"]), (2, ["d"]), (2, ["e", "b"])]
    outcome = tally({"method": "stv", "seats": 1}, [*OPTIONS, "e"], votes)
    excluded = [step["from"] for step in outcome.steps if step.get("why") == "exclusion"]
    assert excluded[:3] == [["e"], ["d"], ["c"]]
    (tie,) = [tie for step in outcome.steps for tie in step.get("ties", ())]
    assert (tie["kind"], tie["level"], tie["chosen"]) == ("history", ["b", "c"], "c")


def test_irv_with_a_lot_looks_at_the_most_recent_round_first():
    votes = [(8, ["a"]), (3, ["b"]), (4, ["c"]), (1, ["d", "c"]), (2, ["d"]), (2, ["e", "b"])]
    rule = {"method": "irv", "lot": {"poll": "1", "root": ROOT}}
    outcome = tally(rule, [*OPTIONS, "e"], votes)
    rounds = [step for step in outcome.steps if step["kind"] == "round"]
    assert [step["eliminated"] for step in rounds][:3] == [["e"], ["d"], ["c"]]


def test_the_largest_surplus_moves_first():
    votes = [(9, ["a", "c"]), (12, ["b", "d"]), (2, ["c"]), (2, ["d"])]
    outcome = tally({"method": "stv", "seats": 3}, [*OPTIONS, "e"], votes)
    moved = [step["from"] for step in outcome.steps if step.get("why") == "surplus"]
    assert moved == [["b"], ["a"]]


def test_what_history_cannot_tell_the_published_lot_does():
    votes = [(2, ["a"]), (2, ["b"]), (3, ["c"])]
    rule = {"method": "stv", "seats": 1}
    without = tally(rule, OPTIONS[:3], votes)
    assert (without.outcome, without.winners, without.tied) == ("tie", (), ("a", "b"))
    numbers = {
        option: hashlib.sha256(bytes.fromhex(ROOT) + b"poll 7" + option.encode()).hexdigest()
        for option in "ab"
    }
    drawn = tally(rule | {"lot": {"poll": "poll 7", "root": ROOT}}, OPTIONS[:3], votes)
    assert drawn.outcome == "elected"
    excluded = next(step for step in drawn.steps if step.get("why") == "exclusion")
    assert excluded["from"] == [min(numbers, key=lambda option: numbers[option])]
    assert excluded["ties"][0]["numbers"] == numbers


def test_a_lot_without_a_seed_yet_leaves_the_tie():
    votes = [(2, ["a"]), (2, ["b"])]
    for method in ("irv", "stv"):
        rule = {"method": method, "lot": {"poll": "7"}} | ({"seats": 1} if method == "stv" else {})
        assert tally(rule, OPTIONS[:2], votes).outcome == "tie"


def test_a_withdrawn_option_passes_its_ballots_on():
    votes = [(5, ["a", "b"]), (3, ["c"]), (1, ["b"])]
    rule = {"method": "irv", "withdrawn": ["a"]}
    assert tally(rule, OPTIONS[:3], votes).winners == ("b",)


def test_reading_an_order_stops_at_a_shared_rank():
    votes = [(3, ["a", ["b", "c"], "d"]), (2, ["b"]), (2, ["d"]), (1, [["a", "d"]])]
    outcome = tally({"method": "irv"}, OPTIONS, votes)
    assert outcome.steps[0] == {"kind": "ballots", "valid": 7, "void": 1}
    rule = {"method": "irv", "withdrawn": ["a"]}
    assert tally(rule, OPTIONS, votes).steps[0]["void"] == 3


def test_irv_names_all_who_can_win_and_elects_who_always_wins():
    tied = tally({"method": "irv"}, OPTIONS[:3], [(3, ["a"]), (2, ["b"]), (2, ["c", "b"])])
    assert (tied.outcome, tied.tied) == ("tie", ("a", "b"))
    votes = [(4, ["a"]), (2, ["b", "a"]), (2, ["c", "a"])]
    decided = tally({"method": "irv"}, OPTIONS[:3], votes)
    assert (decided.outcome, decided.winners) == ("elected", ("a",))


def test_irv_takes_out_together_only_what_every_order_takes_out():
    """Without a, b has as many as c; so a and b do not go together."""
    votes = [(1, ["a", "b"]), (1, ["b"]), (2, ["c", "b"]), (3, ["d"])]
    assert tally({"method": "irv"}, OPTIONS, votes).tied == ("b", "d")
