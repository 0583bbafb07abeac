#!/usr/bin/env python3
"""Recount a closed Commonhold poll from its export. Needs Python 3.9 or later, nothing else.

    python recount.py poll-12.json
    … --key VERIFIER     the log's key as you know it from elsewhere
    … --receipt HASH     also look for your own ballot by its commitment; repeatable
    … --log log.json     also look for ballots that the export leaves out, in a log that
                         check_log.py saved

Counts the ballots anew, with code of its own (counting.py), and compares with the published result;
works out every commitment, the electorate, the rule and the options again; checks each of them
against its entry in the log, and the log's signed head. Prints OK and exits 0, or prints a line for
each thing that is wrong and exits 1. What an export holds: README.md beside this file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out

from check_log import Head, Key, check_keys, root_over
from counting import Rule, aggregated, canonical, count, digest

FORMAT = "commonhold-poll-export-1"
Export = dict[str, Any]
Entry = dict[str, Any]  # index, and what the leaf says: kind, actor, subject, body


def commitment(poll: object, choice: object, nonce: str) -> str:
    parts = [b"ballot-v1", str(poll).encode(), canonical(choice), nonce.encode()]
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def without_seed(rule: Rule) -> Rule:
    """The rule as it was frozen: the seed of the lot was known only when the poll had closed."""
    if "lot" not in rule:
        return rule
    return {**rule, "lot": {name: rule["lot"][name] for name in rule["lot"] if name != "root"}}


# --- what is checked, each check yields a line for what is wrong ----------------------------------
def check_proofs(log: dict[str, Any], known: Sequence[str]) -> Iterator[str]:
    """Every entry is in the tree under the signed head."""
    head = Head.of(log["head"])
    keys, findings = check_keys(log["keys"], [Key.of(verifier) for verifier in known])
    yield from findings
    for label in ("head", "seed_head"):
        if label in log and not Head.of(log[label]).is_signed_by(keys):
            yield f"log: the {label}'s signature is by none of its keys that are trusted"
    leaves = {entry["index"]: entry["leaf"].encode() for entry in log["entries"]}
    if not all(0 <= index < head.size for index in leaves):
        yield "log: an entry stands outside the tree under the signed head"
    if len(leaves) != len(log["entries"]):
        yield "log: two entries have the same place"
    try:
        root = root_over(0, head.size, leaves, log["ranges"])
    except KeyError as error:
        yield f"log: a part of the tree is missing, {error}"
        return
    if root != head.root:
        yield "log: the entries are not those under the signed head; one was changed or forged"


def check_opening(export: Export, opened: Entry) -> Iterator[str]:
    """Rule, options and electorate are those that the log had before the first ballot."""
    opening = export["opening"]
    for name in sorted(set(opening) | set(opened["body"])):
        if opening.get(name) != opened["body"].get(name):
            yield f"opening: “{name}” is not what the log has"
    if without_seed(export["rule"]) != without_seed(opening["rule"]):
        yield "rule: it is not the one that was frozen when the poll opened"
    if digest(without_seed(opening["rule"])) != opening["rule_hash"]:
        yield "rule: its hash is not the one in the log"
    if digest(opening["options"]) != opening["options_hash"]:
        yield "options: their hash is not the one in the log"
    pseudonyms = sorted(export["electorate"])
    if hashlib.sha256("\n".join(pseudonyms).encode()).hexdigest() != opening["electorate_hash"]:
        yield "electorate: its hash is not the one in the log"
    if len(set(pseudonyms)) != len(pseudonyms) or len(pseudonyms) != opening["electorate_size"]:
        yield "electorate: its size is not the one in the log, or somebody is in it twice"


def withheld(export: Export) -> bool:
    """Return whether single ballots are not published, as the log said before the first of them."""
    return (export["opening"].get("secret") or {}).get("publishes") == "counts"


def commitments(export: Export) -> list[str]:
    if withheld(export):
        return [str(name) for name in export["commitments"]]
    return [ballot["commitment"] for ballot in export["ballots"]]


def check_ballots(export: Export) -> Iterator[str]:
    """Each ballot is what its commitment says, by somebody of the electorate, once."""
    electorate, voters, seen = set(export["electorate"]), set(), set()
    for number, ballot in enumerate(export["ballots"]):
        label = f"ballot {number} ({ballot['commitment'][:16]})"
        said = commitment(export["opening"]["poll"], ballot["choice"], ballot["nonce"])
        if said != ballot["commitment"]:
            yield f"{label}: changed, its commitment is another"
        if ballot["commitment"] in seen:
            yield f"{label}: it is there twice"
        seen.add(ballot["commitment"])
        voter = ballot.get("voter")
        if voter is not None and voter not in electorate:
            yield f"{label}: its voter {voter} is not in the electorate"
        if voter is not None and voter in voters:
            yield f"{label}: its voter {voter} has another ballot"
        voters.add(voter)
    if len(commitments(export)) > len(electorate):
        yield "ballots: more than the electorate has people"


def check_casts(export: Export, entries: Sequence[Entry], turns: dict[str, Entry]) -> Iterator[str]:
    """The ballots are the last of each voter in the log, cast while the poll was open."""
    opened, closed = turns["opened"]["index"], turns["closed"]["index"]
    last: dict[str, str] = {}
    batch: set[str] = set()
    for entry in entries:
        if entry["kind"] == "governance:ballot:cast":
            last[entry["actor"]] = entry["body"]["commitment"]
            if not opened < entry["index"] < closed:
                yield f"log entry {entry['index']}: a ballot was cast while the poll was not open"
        elif entry["kind"] == "governance:ballot:published":
            batch.update(entry["body"]["commitments"])
    logged = set(last.values()) | batch
    counted = commitments(export)
    if len(set(counted)) != len(counted):
        yield "ballots: one of them is there twice"
    for number, name in enumerate(counted):
        if name not in logged:
            yield f"ballot {number} ({name[:16]}): the log does not have it"
    for missing in sorted(logged - set(counted)):
        yield f"ballot {missing[:16]}: it is in the log, but was left out of the count"


def check_count(export: Export, closed: Entry, counted: Entry) -> Iterator[str]:
    """The published result is what the ballots come to, and what the log has."""
    result, cast = export["result"], len(commitments(export))
    yield from check_named(export) if withheld(export) else check_again(export)
    if result["ballots"] != cast:
        yield f"result: {result['ballots']} ballots were counted, the export has {cast}"
    for name in sorted(set(counted["body"]) & set(result)):
        if counted["body"][name] != result[name]:
            yield f"result: “{name}” is not what the log has"
    if result["rule_hash"] != export["opening"]["rule_hash"]:
        yield "result: it was counted by another rule, its rule hash is another"
    if counted["body"].get("record_hash", digest(result)) != digest(result):
        yield "result: its record of steps is not the one in the log"
    for entry in (closed, counted):
        if entry["body"]["cast"] != cast:
            yield f"ballots: the log has {entry['body']['cast']} cast, the export {cast}"


def check_named(export: Export) -> Iterator[str]:
    """The count names the ballots it was made from by their commitments."""
    names = "\n".join(sorted(commitments(export))).encode()
    if hashlib.sha256(names).hexdigest() != export["result"]["input_hash"]:
        yield "result: it was not counted from these ballots, its input hash is another"


def check_again(export: Export) -> Iterator[str]:
    """The ballots, counted here once more, come to the published result."""
    result, rule = export["result"], export["rule"]
    options = [option["key"] for option in export["opening"]["options"]]
    choices = [ballot["choice"] for ballot in export["ballots"]]
    outcome, winners, tied = count(rule, options, choices)
    for name, ours in (("outcome", outcome), ("winners", winners), ("tied", tied)):
        if result[name] != ours:
            yield f"result: “{name}” is {result[name]}, but the ballots come to {ours}"
    counted_by = {"rule": rule, "options": sorted(options), "ballots": aggregated(choices)}
    if digest(counted_by) != result["input_hash"]:
        yield "result: it was not counted from these ballots, its input hash is another"


def check_seed(export: Export, closed: Entry) -> Iterator[str]:
    """The lot's seed is the root of a head that was signed after the poll had closed."""
    root = export["rule"].get("lot", {}).get("root")
    if not root:
        return
    note = export["log"].get("seed_head")
    head = Head.of(note) if note else None
    if head is None or head.root.hex() != root or head.size <= closed["index"]:
        yield "lot: its seed is not the root of a head from after the poll closed"


def check(export: Export, known: Sequence[str] = ()) -> list[str]:
    """Return everything that is wrong with an export."""
    if export["format"] != FORMAT:
        return [f"export: this is not {FORMAT}"]
    findings = list(check_proofs(export["log"], known))
    entries = told(export["log"]["entries"], export["opening"]["poll"])
    turns = {}
    for turn in ("opened", "closed", "counted"):
        found = [entry for entry in entries if entry["kind"] == f"governance:poll:{turn}"]
        if len(found) != 1:
            return [*findings, f"log: the poll was {turn} {len(found)} times, not once"]
        turns[turn] = found[0]
    findings += check_opening(export, turns["opened"])
    findings += check_ballots(export)
    findings += check_casts(export, entries, turns)
    findings += check_count(export, turns["closed"], turns["counted"])
    findings += check_seed(export, turns["closed"])
    return findings


def told(entries: Sequence[dict[str, Any]], poll: object) -> list[Entry]:
    """Return what the leaves of this poll say, in the log's order."""
    said = [{**json.loads(entry["leaf"]), "index": entry["index"]} for entry in entries]
    return sorted(
        (entry for entry in said if entry["subject"] == f"poll:{poll}"),
        key=lambda entry: int(entry["index"]),
    )


def check_complete(export: Export, log: dict[str, Any]) -> Iterator[str]:
    """Nothing that the log has on this poll's ballots is missing from the export."""
    there = {entry["leaf"] for entry in export["log"]["entries"]}
    for entry in told(log["entries"], export["opening"]["poll"]):
        is_ballot = entry["kind"].startswith("governance:ballot:")
        if is_ballot and log["entries"][entry["index"]]["leaf"] not in there:
            yield f"log entry {entry['index']}: the export leaves out this ballot"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("export", help="the file of a closed poll")
    parser.add_argument("--key", action="append", default=[], metavar="VERIFIER")
    parser.add_argument("--receipt", action="append", default=[], metavar="HASH")
    parser.add_argument("--log", metavar="FILE")
    asked = parser.parse_args(argv)
    try:
        export = loaded(asked.export)
        findings = check(export, asked.key)
        if asked.log:
            findings += check_complete(export, loaded(asked.log))
        there = set(commitments(export))
        findings += [f"receipt {mine}: not there" for mine in asked.receipt if mine not in there]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"This export cannot be read: {type(error).__name__}: {error}")
        return 1
    for finding in findings:
        print(finding)
    if not findings:
        result = export["result"]
        said = f"{len(export['ballots'])} ballots recounted"
        if withheld(export):
            said = (
                f"{len(export['commitments'])} ballots in the log, not published, so not recounted"
            )
        print(f"OK: {said}: {result['outcome']}", end="")
        print(f", {', '.join(result['winners']) or 'no winner'}")
        print(f"Log keys: {' '.join(key['verifier'] for key in export['log']['keys'])}")
    return 1 if findings else 0


def loaded(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
