"""What cannot be counted is refused in one sentence, by the package and by its command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from governance.tally import BallotError, RuleError, TallyError, normal_ballot, rule_hash, tally
from governance.tally.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = ["ada", "bo"]
APPROVAL = {"method": "approval", "seats": 1}
STAR = {"method": "star"}
IRV = {"method": "irv"}
LOT = {"poll": "1", "root": "ab" * 32}


class Sly(str):
    """A text that is equal to every other."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True


def nested(depth: int) -> Any:
    ballot: list[Any] = []
    for _ in range(depth):
        ballot = [ballot]
    return ballot


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        (APPROVAL, (-1, ["ada"])),
        (APPROVAL, (True, ["ada"])),
        (APPROVAL, (1.0, ["ada"])),
        (APPROVAL, ("1", ["ada"])),
        (APPROVAL, (10**19, ["ada"])),
        (APPROVAL, (10**5000, ["ada"])),
        (APPROVAL, (1, ["ada", "ada"])),
        (APPROVAL, (1, ["eve"])),
        (APPROVAL, (1, [1])),
        (APPROVAL, (1, [["ada"]])),
        (APPROVAL, (1, "ada")),
        (APPROVAL, (1, None)),
        (APPROVAL, ["ada"]),
        (APPROVAL, 7),
        (APPROVAL, (1, nested(100_000))),
        (STAR, (1, {"ada": 6})),
        (STAR, (1, {"ada": -1})),
        (STAR, (1, {"ada": True})),
        (STAR, (1, {"ada": 1.0})),
        (STAR, (1, {"ada": 10**5000})),
        (STAR, (1, {"eve": 1})),
        (STAR, (1, {1: 1})),
        (STAR, (1, ["ada"])),
        (IRV, (1, [["ada"], ["ada"]])),
        (IRV, (1, [["ada", "ada"]])),
        (IRV, (1, [[], ["ada"]])),
        (IRV, (1, [[["ada"]]])),
        (IRV, (1, {"ada": 1})),
    ],
)
def test_a_ballot_without_meaning_is_refused(rule, entry):
    with pytest.raises(BallotError) as refused:
        tally(rule, OPTIONS, [(1, {} if rule is STAR else []), entry])
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "options", [[], ["ada", "ada"], ["ada", ""], ["ada", 1], ["a" * 201], "ada", None, ["\ud800"]]
)
def test_options_that_cannot_be_told_apart_or_printed_are_refused(options):
    with pytest.raises(RuleError):
        tally(IRV, options, [])


@pytest.mark.parametrize(
    "rule",
    [
        None,
        [],
        {1: 2},
        {"method": ["irv"]},
        IRV | {"seats": 1},
        IRV | {"lot": LOT | {"root": "AB" * 32}},
        IRV | {"lot": {"root": "ab" * 32}},
        IRV | {"withdrawn": ["eve"]},
        IRV | {"withdrawn": "ada"},
        IRV | {"id": 7},
        APPROVAL | {"seats": 0},
        APPROVAL | {"seats": 10**30},
        APPROVAL | {"seats": True},
        APPROVAL | {"seats": 1.0},
        APPROVAL | {"caps": {"most": 1, "groups": {"eve": "x"}}},
        APPROVAL | {"caps": {"most": 1, "groups": {"ada": ["x"]}}},
        STAR | {"lot": LOT},
        STAR | {"max_score": 0},
        {"method": "schulze", "default": "eve"},
        {"method": "schulze", "default": "ada", "withdrawn": ["ada"]},
        {"method": "schulze", "default": "ada", "ratio": {"ada": 2}},
        {"method": "schulze", "default": "ada", "ratio": {"bo": -1}},
        {"method": "schulze", "default": "ada", "ratio": {"bo": "1e9"}},
        {"method": "schulze", "default": "ada", "ratio": {"bo": float("nan")}},
        {"method": "schulze", "quorum": {"counts": "above_default", "at_least": 1}},
    ],
)
def test_a_rule_without_meaning_is_refused(rule):
    with pytest.raises(RuleError) as refused:
        tally(rule, OPTIONS, [])
    assert len(str(refused.value)) < 200


def test_a_text_that_pretends_to_be_an_option_is_none():
    with pytest.raises(BallotError):
        normal_ballot(APPROVAL, OPTIONS, [Sly("ada"), Sly("eve")])


def test_one_form_for_all_ways_of_saying_the_same():
    assert normal_ballot(IRV, OPTIONS, ("bo", ["ada"])) == [["bo"], ["ada"]]
    assert normal_ballot(APPROVAL, OPTIONS, ["bo", "ada"]) == ["ada", "bo"]
    assert normal_ballot(STAR, OPTIONS, {"bo": 3, "ada": 0}) == {"bo": 3}


def test_the_seed_of_the_lot_is_no_part_of_the_frozen_rule():
    before = IRV | {"lot": {"poll": "1"}}
    assert rule_hash(before) == rule_hash(IRV | {"lot": LOT}) != rule_hash(IRV)
    assert rule_hash(before) != rule_hash(IRV | {"lot": {"poll": "2"}})


def test_a_ballot_of_very_many_names_is_refused():
    with pytest.raises(TallyError):
        tally(IRV, OPTIONS, [(1, ["ada"] * 200_000)])


# --- the command ----------------------------------------------------------------------------------
def command(tmp_path: Path, text: str) -> "subprocess.CompletedProcess[str]":
    path = tmp_path / "case.json"
    path.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "governance.tally", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": "", "LANG": "C"},
    )


def test_the_command_counts_a_file(tmp_path):
    case = {
        "rule": {
            "method": "schulze",
            "default": "无",
            "quorum": {"counts": "cast", "at_least": 2.5},
        },
        "options": {"ada": "Ada L.", "无": "none of them"},
        "ballots": [{"count": 2, "ranking": [["ada"]]}, [1, ["无", "ada"]]],
        "source": "made up",
    }
    done = command(tmp_path, json.dumps(case))
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["outcome"], said["winners"]) == ("elected", ["ada"])
    assert said["quorum"]["needed"] == "5/2"
    assert said["steps"][0]["matrix"] == {"ada": {"无": 2}, "无": {"ada": 1}}


RULE = '"rule": {"method": "irv"}, "options": ["a", "b"]'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "nonsense",
        b"\xff\xfe\x00",
        "[" * 200_000,
        '{"rule": ' + "[" * 200_000,
        '{"rule": {}, "rule": {}}',
        "{" + RULE + "}",
        "{" + RULE + ', "ballots": {}}',
        "{" + RULE + ', "ballots": [7]}',
        "{" + RULE + ', "ballots": [[1]]}',
        "{" + RULE + ', "ballots": [{"count": 1}]}',
        "{" + RULE + ', "ballots": [{"count": 1, "ranking": [], "scores": {}}]}',
        "{" + RULE + ', "ballots": [[1.0, ["a"]]]}',
        "{" + RULE + ', "ballots": [[1e999999999999999999999, ["a"]]]}',
        "{" + RULE + ', "ballots": [[' + "9" * 5000 + ', ["a"]]]}',
        "{" + RULE + ', "ballots": [[NaN, ["a"]]]}',
        "{" + RULE + ', "ballots": [[1, ["\\ud800"]]]}',
        '{"rule": {"method": "irv"}, "options": ["\\ud800"], "ballots": []}',
        '{"rule": {"method": "irv"}, "options": [1.5], "ballots": []}',
        '{"rule": {"method": 1e5}, "options": ["a"], "ballots": []}',
        '{"rule": {"method": "irv", "\\ud800": 1}, "options": ["a"], "ballots": []}',
    ],
    ids=range(23),
)
def test_a_bad_file_gets_one_sentence(tmp_path, capsys, text):
    path = tmp_path / "case.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main([str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(".\n") and said.err.count("\n") == 1
    assert len(said.err) < 250


def test_the_command_says_it_too(tmp_path):
    done = command(tmp_path, "[" * 200_000)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The file is nested too deeply.\n"


def test_a_missing_file_gets_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "governance.tally", str(tmp_path / "none.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == "The file cannot be read: No such file or directory.\n"
