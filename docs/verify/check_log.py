#!/usr/bin/env python3
"""Check a Commonhold log without trusting the portal. Needs Python 3.9 or later, nothing else.

    python check_log.py https://portal.example          over the network
    python check_log.py log.json                        a log saved with --save
    … --head kept.txt    also against a head that was kept (from a mail, for example); repeatable
    … --key VERIFIER     a key you know from elsewhere; the log must be signed by it or by a key
                         that it handed over to; repeatable
    … --save log.json    keep what was downloaded

Works out every leaf, the root of the whole tree and every signature anew. Prints OK and exits 0,
or prints a line for each thing that is wrong and exits 1. How the log is made: docs/log.md.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import urllib.parse
import urllib.request
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

PAGE = 1000
SUCCESSION = "commonhold log key succession\n{}\n"
ROTATED, ROTATION = "portal:log_key:rotated", "commonhold log key rotation\n{}\n{}\n"


# --- Ed25519 (RFC 8032), points in extended coordinates -------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0])
    b = (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * D, 2 * one[2] * two[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            product = add(product, point)
        point = add(point, point)
        factor >>= 1
    return product


def decoded(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encoded(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(public: bytes, text: bytes, signature: bytes) -> bool:
    """Return whether `signature` is that of the key `public` over `text`."""
    point, scalar = decoded(public), int.from_bytes(signature[32:], "little")
    if point is None or BASE is None or len(signature) != 64 or scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public + text).digest()
    factor = int.from_bytes(hashed, "little") % ORDER
    minus = (P - point[0], point[1], point[2], P - point[3])
    return encoded(add(times(scalar, BASE), times(factor, minus))) == signature[:32]


# --- the tree (RFC 6962) and its heads (signed notes) ---------------------------------------------
def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_over(start: int, end: int, leaves: dict[int, bytes], ranges: dict[str, str]) -> bytes:
    """Return the root over leaves `start` to `end`: from the leaves, and from the given roots of
    those parts of the tree that hold none of them. `KeyError` names a part that is missing."""
    indexes = sorted(leaves)
    if bisect_left(indexes, start) == bisect_left(indexes, end):
        return bytes.fromhex(ranges[f"{start}-{end}"])
    if end - start == 1:
        return leaf_hash(leaves[start])
    middle = start + (1 << ((end - start - 1).bit_length() - 1))
    here = {index: leaves[index] for index in indexes if start <= index < end}
    left = root_over(start, middle, here, ranges)
    return node_hash(left, root_over(middle, end, here, ranges))


class Key(NamedTuple):
    name: str
    public: bytes

    @classmethod
    def of(cls, verifier: str) -> Key:
        """Read `name+hash+base64`, the form in which /api/v1/log/keys shows a key."""
        name, _, encoded_key = verifier.strip().split("+", 2)
        kind_and_key = base64.b64decode(encoded_key, validate=True)
        if kind_and_key[:1] != b"\x01" or len(kind_and_key) != 33:
            raise ValueError(f"{verifier} is not an Ed25519 key")
        return cls(name, kind_and_key[1:])


class Head(NamedTuple):
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes]]

    @classmethod
    def of(cls, note: str) -> Head:
        text, _, lines = note.partition("\n\n")
        _, size, root = text.split("\n")[:3]
        parts = [line.split(" ") for line in lines.splitlines() if line]
        signatures = [(name, base64.b64decode(code)[4:]) for _, name, code in parts]
        return cls(int(size), base64.b64decode(root, validate=True), text + "\n", signatures)

    def is_signed_by(self, keys: Sequence[Key]) -> bool:
        text = self.text.encode()
        return any(
            name == key.name == self.text.split("\n")[0] and signed_by(key.public, text, signature)
            for name, signature in self.signatures
            for key in keys
        )


# --- what is checked ------------------------------------------------------------------------------
def check_keys(rows: Sequence[dict[str, Any]], known: Sequence[Key]) -> tuple[list[Key], list[str]]:
    """Return the keys that a known one vouches for (the first, if none is known), and findings."""
    trusted: dict[str, Key] = {}
    findings = []
    for number, row in enumerate(rows):
        key = Key.of(row["verifier"])
        before = trusted.get(row["endorsed_by"] or "")
        statement = SUCCESSION.format(row["verifier"]).encode()
        is_known = key in known or (number == 0 and not known)
        if is_known or (
            before and signed_by(before.public, statement, bytes.fromhex(row["endorsement"]))
        ):
            trusted[row["key_id"]] = key
        elif trusted:
            findings.append(f"key {row['key_id'][:16]}: no trusted key handed over to it")
    if not trusted:
        findings.append("keys: none of them is one that you know")
    return list(trusted.values()), findings


def check_rotations(
    entries: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """The event of a rotation is signed by both keys, or by the new one where the old was lost."""
    ids = {row["verifier"]: row["key_id"] for row in rows}
    for entry in entries:
        leaf = json.loads(entry["leaf"])
        if leaf["kind"] != ROTATED:
            continue
        before, after = leaf["body"]["before"], leaf["body"]["verifier"]
        statement = ROTATION.format(before, after).encode()
        for verifier in (before, after) if leaf["body"]["endorsed"] else (after,):
            signature = bytes.fromhex(leaf["body"]["signatures"].get(ids.get(verifier), ""))
            if not signed_by(Key.of(verifier).public, statement, signature):
                yield f"leaf {entry['index']}: this rotation is not signed by {verifier}"


def check_entries(entries: Sequence[dict[str, Any]], heads: dict[str, Head]) -> Iterator[str]:
    """Grow the tree leaf by leaf; at the size of each head its root must be the signed one."""
    stack: list[tuple[int, bytes]] = []
    waiting = sorted(heads.items(), key=lambda item: item[1].size)
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        if entry["index"] != index:
            yield f"leaf {index}: missing, leaf {entry['index']} stands in its place"
            return
        digest = leaf_hash(entry["leaf"].encode())
        if digest.hex() != entry["leaf_hash"]:
            yield f"leaf {index}: changed, its hash is not the one shown"
        uuid = json.loads(entry["leaf"])["uuid"]
        if uuid in seen:
            yield f"leaf {index}: event {uuid} is in the log twice"
        seen.add(uuid)
        level = 0
        while stack and stack[-1][0] == level:
            digest, level = node_hash(stack.pop()[1], digest), level + 1
        stack.append((level, digest))
        while waiting and waiting[0][1].size == index + 1:
            label, head = waiting.pop(0)
            if folded(stack) != head.root:
                yield f"{label}: its {head.size} leaves have another root than the signed one"
    for label, head in waiting:
        yield f"{label}: covers {head.size} leaves, but the log has {len(entries)}"


def folded(stack: Sequence[tuple[int, bytes]]) -> bytes:
    digest = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        digest = node_hash(left, digest)
    return digest


def check(log: dict[str, Any], kept: dict[str, Head], known: Sequence[Key]) -> list[str]:
    """Return everything that is wrong with a log."""
    keys, findings = check_keys(log["keys"], known)
    heads = {"the log's head": Head.of(log["head"]["note"]), **kept}
    for label, head in heads.items():
        if not head.is_signed_by(keys):
            findings.append(f"{label}: its signature is by none of the trusted keys")
    findings += check_rotations(log["entries"], log["keys"])
    return findings + list(check_entries(log["entries"], heads))


# --- where it comes from --------------------------------------------------------------------------
def got(address: str) -> Any:
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(f"{address} is not a web address")
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def downloaded(portal: str) -> dict[str, Any]:
    api = portal.rstrip("/") + "/api/v1/log/"
    head, keys = got(api + "head"), got(api + "keys")["keys"]
    entries: list[dict[str, Any]] = []
    while len(entries) < head["size"]:
        limit = min(PAGE, head["size"] - len(entries))
        page = got(f"{api}entries?start={len(entries)}&limit={limit}")["entries"]
        if not page:
            break
        entries += page
    return {"head": head, "keys": keys, "entries": entries}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", help="a portal's address, or a saved log")
    parser.add_argument("--head", action="append", default=[], metavar="FILE")
    parser.add_argument("--key", action="append", default=[], metavar="VERIFIER")
    parser.add_argument("--save", metavar="FILE")
    asked = parser.parse_args(argv)
    try:
        if asked.log.startswith(("http://", "https://")):
            log = downloaded(asked.log)
        else:
            with open(asked.log, encoding="utf-8") as file:
                log = json.load(file)
        if asked.save:
            with open(asked.save, "w", encoding="utf-8") as file:
                json.dump(log, file)
        kept = {}
        for path in asked.head:
            with open(path, encoding="utf-8") as file:
                kept[path] = Head.of(file.read())
        findings = check(log, kept, [Key.of(verifier) for verifier in asked.key])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"This log cannot be read: {type(error).__name__}: {error}")
        return 1
    for finding in findings:
        print(finding)
    if not findings:
        head = Head.of(log["head"]["note"])
        print(f"OK: {head.size} leaves under the signed root {head.root.hex()}")
        print(f"Signed by: {log['keys'][0]['verifier'] if not asked.key else ' '.join(asked.key)}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
