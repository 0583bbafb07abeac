"""docs/verify: an honest poll and log pass, and each way of tampering is named."""

import copy
import hashlib
import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.tally import normal_ballot, rule_hash, tally
from portal import events
from portal.events import bundles, keys, sequencer
from portal.events.models import Event, LogHead
from tests.factories import EventFactory
from tests.governance.tally.checkers import FOLDER, loaded

check_log, recount = loaded("check_log"), loaded("recount")
Json = dict[str, Any]

OPTIONS = [{"key": key, "en": key, "zh": key} for key in ("ada", "bo", "none")]
RULE = {
    "id": "amendments",
    "method": "schulze",
    "default": "none",
    "quorum": {"counts": "cast", "at_least": 2},
    "eligible": 5,
    "lot": {"poll": "12"},
}
SAID = [[["ada"], ["bo"]], [["bo"], ["ada"]], [["ada"]], [["none"]]]


@pytest.fixture
def log(db, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"
    EventFactory.create_batch(3)
    sequencer.sequence()
    EventFactory.create_batch(4)


def ballot_of(said: Any, voter: str) -> Json:
    nonce = secrets.token_hex(16)
    choice = normal_ballot(RULE, [option["key"] for option in OPTIONS], said)
    proof = recount.commitment(12, choice, nonce)
    return {"voter": voter, "choice": choice, "nonce": nonce, "commitment": proof}


def cast(ballot: Json, person: Any, *, again: bool = False) -> None:
    body = {"commitment": ballot["commitment"], "again": again}
    events.record("governance:ballot:cast", actor=person, subject="poll:12", body=body)


@pytest.fixture
def export(log, maker, voter, reader_zh, moderator) -> Json:
    """A poll that was held, as the log has it and as its export tells it."""
    pseudonyms = sorted(secrets.token_hex(16) for _ in range(5))
    opening = {
        "poll": 12,
        "rule": RULE,
        "rule_hash": rule_hash(RULE),
        "options": OPTIONS,
        "options_hash": hashlib.sha256(events.canonical(OPTIONS)).hexdigest(),
        "electorate_hash": hashlib.sha256("\n".join(pseudonyms).encode()).hexdigest(),
        "electorate_size": 5,
    }
    events.record("governance:poll:opened", subject="poll:12", body=opening)
    ballots = [ballot_of(*pair) for pair in zip(SAID, pseudonyms, strict=False)]
    cast(ballot_of([["bo"]], pseudonyms[0]), maker)
    for ballot, person in zip(ballots, (maker, voter, reader_zh, moderator), strict=True):
        cast(ballot, person, again=person is maker)
        EventFactory.create_batch(2)
    events.record("governance:poll:closed", subject="poll:12", body={"cast": 4, "electorate": 5})
    sequencer.sequence()
    seed = LogHead.objects.order_by("-size").first()
    assert seed is not None
    rule = RULE | {"lot": {"poll": "12", "root": bytes(seed.root).hex()}}
    names = [option["key"] for option in OPTIONS]
    result = tally(rule, names, [(1, ballot["choice"]) for ballot in ballots]).as_json()
    body = {name: result[name] for name in ("outcome", "winners", "tied", "input_hash")}
    body |= {
        "cast": 4,
        "rule_hash": result["rule_hash"],
        "record_hash": hashlib.sha256(events.canonical(result)).hexdigest(),
    }
    events.record("governance:poll:counted", subject="poll:12", body=body)
    EventFactory.create_batch(3)
    sequencer.sequence()
    return {
        "format": recount.FORMAT,
        "opening": opening,
        "rule": rule,
        "electorate": pseudonyms,
        "ballots": sorted(ballots, key=lambda ballot: ballot["commitment"]),
        "result": result,
        "log": proof() | {"seed_head": seed.note},
    }


def proof() -> "dict[str, Any]":
    """Return what leads from the poll's events to the log's head, read whole."""
    found = bundles.bundle(Event.objects.filter(subject="poll:12"))
    return found | {"entries": list(found["entries"])}


def run(script: str, *words: object) -> "subprocess.CompletedProcess[str]":
    """Run a checker as an outsider does: another folder, nothing of ours to import."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(FOLDER / script), *map(str, words)],
        cwd="/",
        env={"PATH": "", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
    )


def test_an_honest_poll_is_recounted(export, tmp_path):
    assert recount.check(export) == []
    path = tmp_path / "poll-12.json"
    path.write_text(json.dumps(export))
    mine = export["ballots"][0]["commitment"]
    known = export["log"]["keys"][0]["verifier"]
    done = run("recount.py", path, "--key", known, "--receipt", mine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("OK: 4 ballots recounted: elected, ada\n")


def test_a_key_rotated_since_is_trusted_because_the_old_one_handed_over(export):
    known = export["log"]["keys"][0]["verifier"]
    keys.rotate()
    sequencer.sequence()
    export["log"] = proof() | {"seed_head": export["log"]["seed_head"]}
    assert recount.check(export, [known]) == []
    assert recount.check(export, [keys.current().verifier]) == [
        "log: the seed_head's signature is by none of its keys that are trusted"
    ]


def test_a_changed_byte_of_a_ballot_is_named(export, tmp_path):
    path = tmp_path / "poll-12.json"
    nonce = export["ballots"][2]["nonce"]
    other = nonce[:-1] + ("0" if nonce[-1] != "0" else "1")
    path.write_text(json.dumps(export).replace(nonce, other))
    done = run("recount.py", path)
    assert done.returncode == 1
    assert done.stdout.startswith("ballot 2 (") and "commitment" in done.stdout
    assert "OK" not in done.stdout


def set_to(*place: Any) -> Callable[[Json], None]:
    *path, last, value = place

    def tamper(export: Json) -> None:
        part = export
        for step in path:
            part = part[step]
        part[last] = value

    return tamper


def forge_leaf(export: Json) -> None:
    entry = export["log"]["entries"][-1]
    entry["leaf"] = entry["leaf"].replace('"ada"', '"bo"')
    export["result"]["winners"] = ["bo"]


def forge_leaf_and_hide_it(export: Json) -> None:
    """Give the whole tree's root as that of a part, so that no entry would be asked."""
    forge_leaf(export)
    head = check_log.Head.of(export["log"]["head"])
    export["log"]["ranges"][f"0-{head.size}"] = head.root.hex()


def drop_ballot(export: Json) -> None:
    export["ballots"].pop()


def stuff_ballot(export: Json) -> None:
    export["ballots"].append(ballot_of([["bo"]], export["electorate"][4]))


def count_the_replaced_ballot(export: Json) -> None:
    voter = next(ballot for ballot in export["ballots"] if ballot["voter"])
    voter |= ballot_of([["bo"]], voter["voter"])


def vote_twice(export: Json) -> None:
    export["ballots"][0]["voter"] = export["ballots"][1]["voter"]


def recount_with(choice: Any) -> Callable[[Json], None]:
    """Change a ballot with its commitment, and the result with it: only the log tells."""

    def tamper(export: Json) -> None:
        ballot = next(b for b in export["ballots"] if b["choice"] == [["ada"]])
        ballot |= ballot_of(choice, ballot["voter"])
        names = [option["key"] for option in OPTIONS]
        choices = [(1, ballot["choice"]) for ballot in export["ballots"]]
        export["result"] = tally(export["rule"], names, choices).as_json()

    return tamper


def swap_key(export: Json) -> None:
    from portal.events import notes

    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    export["log"]["keys"][0]["verifier"] = notes.verifier(keys.origin(), public)


def lose_entry(export: Json) -> None:
    export["log"]["entries"].pop(2)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (set_to("format", "2"), "export: this is not"),
        (set_to("result", "winners", ["bo"]), "result: “winners” is ['bo']"),
        (set_to("result", "outcome", "tie"), "result: “outcome”"),
        (set_to("result", "steps", []), "result: its record of steps"),
        (set_to("result", "input_hash", "0" * 64), "result: it was not counted from these"),
        (set_to("result", "rule_hash", "0" * 64), "result: it was counted by another rule"),
        (set_to("rule", "quorum", {"counts": "cast", "at_least": 1}), "rule: it is not the one"),
        (set_to("rule", "lot", "root", "0" * 64), "lot: its seed is not the root"),
        (set_to("opening", "electorate_size", 6), "opening: “electorate_size”"),
        (set_to("opening", "options", OPTIONS[::-1]), "options: their hash"),
        (set_to("electorate", 0, "0" * 32), "electorate: its hash"),
        (set_to("ballots", 1, "choice", [["bo"]]), "ballot 1 ("),
        (set_to("ballots", 1, "voter", "0" * 32), "is not in the electorate"),
        (set_to("log", "head", None), "cannot be read"),
        (forge_leaf, "log: the entries are not those"),
        (forge_leaf_and_hide_it, "log: the entries are not those"),
        (drop_ballot, "it is in the log, but was left out"),
        (stuff_ballot, "the log does not have it"),
        (count_the_replaced_ballot, "the log does not have it"),
        (vote_twice, "has another ballot"),
        (recount_with([["bo"], ["none"]]), "the log does not have it"),
        (swap_key, "log: the head's signature"),
        (lose_entry, "log: a part of the tree is missing"),
    ],
    ids=lambda value: getattr(value, "__name__", "")[:20],
)
def test_tampering_with_a_poll_is_named(export, tmp_path, capsys, tamper, said):
    changed = copy.deepcopy(export)
    tamper(changed)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(changed))
    assert recount.main([str(path)]) == 1
    assert said in capsys.readouterr().out


def test_a_ballot_that_an_export_leaves_out_is_found_in_the_log(export, client):
    saved = whole_log(client)
    assert list(recount.check_complete(export, saved)) == []
    lose_entry(export)
    assert "leaves out this ballot" in "".join(recount.check_complete(export, saved))


def test_a_receipt_that_is_not_there_is_named(export, tmp_path, capsys):
    path = tmp_path / "poll.json"
    path.write_text(json.dumps(export))
    assert recount.main([str(path), "--receipt", "0" * 64]) == 1
    assert capsys.readouterr().out == f"receipt {'0' * 64}: not there\n"


def test_a_seed_from_before_the_close_is_named(export):
    early = LogHead.objects.order_by("size").first()
    assert early is not None
    export["log"]["seed_head"] = early.note
    export["rule"]["lot"]["root"] = bytes(early.root).hex()
    assert any("lot: its seed" in finding for finding in recount.check(export))


# --- the log -------------------------------------------------------------------------------------
def whole_log(client) -> Json:
    head = client.get("/api/v1/log/head").json()
    listed = client.get("/api/v1/log/keys").json()["keys"]
    entries = client.get("/api/v1/log/entries", {"limit": 1000}).json()["entries"]
    return {"head": head, "keys": listed, "entries": entries}


def test_an_honest_log_passes(export, client, tmp_path):
    saved = whole_log(client)
    path, kept = tmp_path / "log.json", tmp_path / "head.txt"
    path.write_text(json.dumps(saved))
    early = LogHead.objects.order_by("size").first()
    assert early is not None
    kept.write_text(early.note)
    done = run("check_log.py", path, "--head", kept, "--key", saved["keys"][0]["verifier"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"OK: {saved['head']['size']} leaves")


def test_a_rotated_key_is_trusted_because_the_old_one_handed_over(log, client, moderator):
    first = keys.current().verifier
    keys.rotate()
    sequencer.sequence()
    saved = whole_log(client)
    assert check_log.check(saved, {}, [check_log.Key.of(first)]) == []
    saved["keys"][1]["endorsement"] = "00" * 64
    said = check_log.check(saved, {}, [check_log.Key.of(first)])
    assert "no trusted key handed over" in said[0]
    assert "signature is by none of the trusted" in said[1]


def test_a_rotation_that_the_old_key_did_not_sign_is_named(log, client, moderator):
    first = keys.current()
    keys.rotate()
    sequencer.sequence()
    saved = whole_log(client)
    entry = next(e for e in saved["entries"] if check_log.ROTATED in e["leaf"])
    leaf = json.loads(entry["leaf"])
    leaf["body"]["signatures"].pop(first.key_id)
    entry["leaf"] = json.dumps(leaf)
    wanted = f"leaf {entry['index']}: this rotation is not signed by {first.verifier}"
    assert wanted in check_log.check(saved, {}, [])


def change_leaf(saved: Json) -> None:
    saved["entries"][5]["leaf"] = saved["entries"][5]["leaf"].replace('"kind":"', '"kind":"x')


def change_leaf_and_hash(saved: Json) -> None:
    change_leaf(saved)
    saved["entries"][5]["leaf_hash"] = check_log.leaf_hash(
        saved["entries"][5]["leaf"].encode()
    ).hex()


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (change_leaf, "leaf 5: changed"),
        (change_leaf_and_hash, "the log's head: its"),
        (lambda saved: saved["entries"].pop(5), "leaf 5: missing"),
        (lambda saved: saved["entries"].pop(), "the log's head: covers"),
        (set_to("keys", []), "keys: none of them"),
        (lambda saved: saved["head"].update(note="x\n1\nAAAA\n\n— x AAAA"), "none of the trusted"),
    ],
)
def test_tampering_with_a_log_is_named(export, client, tmp_path, capsys, tamper, said):
    saved = whole_log(client)
    tamper(saved)
    path = tmp_path / "log.json"
    path.write_text(json.dumps(saved))
    assert check_log.main([str(path)]) == 1
    assert said in capsys.readouterr().out


def test_a_log_that_forgot_a_kept_head_is_named(export, client):
    saved = whole_log(client)
    kept = check_log.Head.of(saved["head"]["note"])
    EventFactory.create_batch(2)
    sequencer.sequence()
    other = whole_log(client)
    for entry in other["entries"][3:]:
        entry["leaf"] = entry["leaf"].replace('"v":1', '"v":2')
        entry["leaf_hash"] = check_log.leaf_hash(entry["leaf"].encode()).hex()
    said = check_log.check(other, {"mine": kept}, [])
    assert any(finding.startswith("mine: its") for finding in said)


# --- the parts they stand on ---------------------------------------------------------------------
@given(st.binary(max_size=80), st.integers(0, 63), st.integers(1, 255))
def test_signatures_are_judged_as_by_the_library(text, place, change):
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key().public_bytes_raw(), private.sign(text)
    assert check_log.signed_by(public, text, signature)
    assert not check_log.signed_by(public, text + b"x", signature)
    forged = bytearray(signature)
    forged[place] ^= change
    assert not check_log.signed_by(public, text, bytes(forged))


def test_a_signature_with_a_scalar_of_another_form_is_refused():
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + check_log.ORDER
    other = signature[:32] + scalar.to_bytes(32, "little")
    assert not check_log.signed_by(public, b"text", other)


@pytest.mark.parametrize("name", ["check_log.py", "recount.py", "counting.py"])
def test_a_checker_needs_the_standard_library_alone(name):
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); import {Path(name).stem}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd="/", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_portal_can_be_asked_only_over_the_web():
    with pytest.raises(ValueError, match="not a web address"):
        check_log.got("file:///etc/hostname")
