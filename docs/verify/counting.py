"""The methods of governance/tally, written a second time from their rule texts for recounting.

Nothing is shared with the portal's own counting, on purpose: where both agree, a mistake would have
to be made twice. Ballots come in pairs of a number and what was said. Each method answers with the
outcome, the winners in their order, and those between whom it is open.
"""

from __future__ import annotations

import hashlib
import json
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

UNIT = 100_000  # votes of STV are counted in hundred-thousandths
Rule = dict[str, Any]
Ballots = list[tuple[int, Any]]
Result = tuple[str, list[str], list[str]]


def canonical(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def threshold(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    yes = sum(n for n, ballot in ballots if ballot == "yes")
    no = sum(n for n, ballot in ballots if ballot == "no")
    share, strict = Fraction(rule["threshold"]["share"]), rule["threshold"]["comparison"] == ">"
    if yes + no and (yes > share * (yes + no) or (yes == share * (yes + no) and not strict)):
        return "passed", ["yes"], []
    if yes == no and yes and share == Fraction(1, 2):
        return "tie", [], ["no", "yes"]
    return "rejected", [], []


def schulze(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    default = rule.get("default")
    if not any(o in options for _, ranks in ballots for rank in ranks for o in rank):
        return ("default", [default], []) if default else ("invalid", [], [])

    def above(a: str, b: str) -> int:
        return sum(n for n, ranks in ballots if place(ranks, a) < place(ranks, b))

    votes = {(a, b): above(a, b) for a in options for b in options if a != b}
    left = list(options)
    if default:
        quorum, ratio = rule.get("quorum", {}), rule.get("ratio", {})
        if quorum.get("counts") == "above_default":
            left = [o for o in left if o == default or votes[o, default] >= needed(rule, o)]

        def beats(o: str) -> bool:
            said = rule.get("comparison", ">")
            word = said[o] if isinstance(said, dict) else said
            compare = operator.gt if word == ">" else operator.ge
            return compare(votes[o, default], Fraction(ratio.get(o, 1)) * votes[default, o])

        left = [o for o in left if o == default or beats(o)]
    nothing = (-1, 0)  # strength of a path: winning votes, then fewer losing votes
    path = {
        (a, b): (votes[a, b], -votes[b, a]) if votes[a, b] > votes[b, a] else nothing
        for a in left
        for b in left
        if a != b
    }
    for via in left:
        for a in left:
            for b in left:
                if len({a, b, via}) == 3:
                    path[a, b] = max(path[a, b], min(path[a, via], path[via, b]))
    best = [a for a in left if all(path[a, b] >= path[b, a] for b in left if b != a)]
    if len(best) > 1:
        return "tie", [], best
    return ("default" if best[0] == default else "elected"), best, []


def approval(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    counts = {o: sum(n for n, ballot in ballots if o in ballot) for o in options}
    standing = [o for o in options if counts[o]]
    caps = rule.get("caps", {"most": 0, "groups": {}})

    def seated(order: Sequence[str]) -> list[str]:
        taken: list[str] = []
        for option in order:
            group = caps["groups"].get(option)
            colleagues = sum(group == caps["groups"].get(other) for other in taken)
            if len(taken) < rule["seats"] and (group is None or colleagues < caps["most"]):
                taken.append(option)
        return taken

    def favoured(option: str, first: bool) -> bool:
        """Whether the option is seated when it is first (or last) among those level with it."""
        order = sorted(
            standing, key=lambda o: (-counts[o], (o != option) if first else o == option)
        )
        return option in seated(order)

    by_count = sorted(standing, key=lambda o: (-counts[o], o))
    certain = [o for o in by_count if favoured(o, first=False)]
    open_to = [o for o in options if o in standing and o not in certain and favoured(o, first=True)]
    if not standing:
        return "invalid", [], []
    if open_to and not drawn(rule, open_to):
        return "tie", certain, open_to
    lot = {o: place for place, o in enumerate(drawn(rule, open_to))}
    order = sorted(standing, key=lambda o: (-counts[o], lot.get(o, -1), o))
    return "elected", seated(order), []


def star(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    top, seats = rule.get("max_score", 5), rule.get("seats", 1)
    caps = rule.get("caps", {"most": 0, "groups": {}})
    waiting, winners = list(options), []

    def total(o: str, _: Sequence[str]) -> int:
        return sum(n * scores.get(o, 0) for n, scores in ballots)

    def highest(o: str, _: Sequence[str]) -> int:
        return sum(n for n, scores in ballots if scores.get(o, 0) == top)

    def preferred(o: str, others: Sequence[str]) -> int:
        return sum(n for n, s in ballots for other in others if s.get(o, 0) > s.get(other, 0))

    def best(level: list[str], places: int, ladder: Sequence[Callable[..., int]]) -> Any:
        placed: list[str] = []
        for rung in ladder:
            if len(placed) + len(level) <= places:
                break
            marks = {o: rung(o, level) for o in level}
            for mark in sorted(set(marks.values()), reverse=True):
                level = [o for o in marks if marks[o] == mark]
                if len(placed) + len(level) > places:
                    break
                placed += level
                level = []
                if len(placed) == places:
                    break
        return (placed + level, []) if len(placed) + len(level) <= places else (placed, level)

    if not any(total(o, ()) for o in options):
        return "invalid", [], []
    while waiting and len(winners) < seats:
        if len(waiting) <= seats - len(winners) and not caps["groups"]:
            return "elected", winners + waiting, []
        finalists, level = best(waiting, 2, (total, preferred, highest))
        if not level:
            finalists, level = best(finalists, 1, (preferred, total, highest))
        if level:
            return "tie", winners, sorted(level)
        winners.append(finalists[0])
        full = {
            group
            for group in caps["groups"].values()
            if sum(caps["groups"].get(w) == group for w in winners) >= caps["most"]
        }
        waiting = [
            o for o in waiting if o not in winners and caps["groups"].get(o) not in full - {None}
        ]
    return "elected", winners, []


def stv(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    piles = [[order, UNIT, n] for n, order in single_preferences(ballots, options) if order]
    quota = (sum(n for _, _, n in piles) // (rule["seats"] + 1) + 1) * UNIT
    hopeful, elected, surplus = set(options), [], []
    history: list[dict[str, int]] = []
    extra = dict.fromkeys(options, 0)  # what an elected option keeps when its surplus has gone

    def votes(option: str) -> int:
        return extra[option] + sum(v * n for order, v, n in piles if order and order[0] == option)

    def advance() -> None:
        """Move every ballot that nobody holds any more to its next name that is still hopeful."""
        for pile in piles:
            if pile[0] and pile[0][0] not in hopeful | set(surplus) | held:
                pile[0] = [o for o in pile[0] if o in hopeful]

    def one_of(level: list[str], pick: Callable[..., int]) -> str:
        for before in reversed(history):
            wanted = pick(before[o] for o in level)
            level = [o for o in level if before[o] == wanted]
        return level[0] if len(level) == 1 else next(iter(drawn(rule, level)), "")

    if not piles:
        return "invalid", [], []
    held: set[str] = set()  # elected with exactly the quota: their ballots stay
    while True:
        now = {o: votes(o) for o in options}
        history.append(now)
        reached = sorted((o for o in hopeful if now[o] >= quota), key=lambda o: (-now[o], o))
        elected += reached
        hopeful -= set(reached)
        surplus += [o for o in reached if now[o] > quota]
        held |= {o for o in reached if now[o] == quota}
        if len(hopeful) <= rule["seats"] - len(elected):
            elected += sorted(hopeful, key=lambda o: (-now[o], o))
            hopeful = set()
        if len(elected) >= rule["seats"] or not hopeful:
            return "elected", elected, []
        if surplus:
            level = [o for o in surplus if now[o] == max(now[s] for s in surplus)]
            giver = one_of(level, max)
            if not giver:
                return "tie", elected, sorted(level)
            surplus.remove(giver)
            for pile in piles:
                if pile[0] and pile[0][0] == giver:
                    pile[1] = pile[1] * (now[giver] - quota) // now[giver]
            extra[giver] = quota
        else:
            level = [o for o in hopeful if now[o] == min(now[h] for h in hopeful)]
            loser = one_of(level, min)
            room = len(hopeful) - len(level) >= rule["seats"] - len(elected)
            if not loser and (now[level[0]] or not room):
                return "tie", elected, sorted(level)
            hopeful -= {loser} if loser else set(level)
        if len(hopeful) > rule["seats"] - len(elected):
            advance()


def irv(rule: Rule, options: list[str], ballots: Ballots) -> Result:
    orders = single_preferences(ballots, options)
    if not any(order for _, order in orders):
        return "invalid", [], []
    history: list[dict[str, int]] = []

    def firsts(standing: frozenset[str]) -> dict[str, int]:
        tops = [(n, next((o for o in order if o in standing), "")) for n, order in orders]
        return {o: sum(n for n, top in tops if top == o) for o in sorted(standing)}

    def leading(counts: dict[str, int]) -> list[str]:
        return [o for o in counts if 2 * counts[o] > sum(counts.values())]

    def sure_losers(counts: dict[str, int]) -> list[str]:
        """The lowest, if nothing can lift one of them above another option."""
        low = [o for o in counts if counts[o] == min(counts.values())]
        above = [n for n in counts.values() if n > counts[low[0]]]
        return low if len(low) == 1 or (above and len(low) * counts[low[0]] < min(above)) else []

    standing = frozenset(options)
    while True:
        counts = firsts(standing)
        history.append(counts)
        if leading(counts):
            return "elected", leading(counts), []
        out = sure_losers(counts)
        if not out:
            level = [o for o in counts if counts[o] == min(counts.values())]
            for before in reversed(history):
                level = [o for o in level if before[o] == min(before[p] for p in level)]
            lot = drawn(rule, level)
            if not lot:
                break
            out = level if len(level) == 1 else lot[:1]
        standing -= set(out)
    seen, waiting, possible = {standing}, [standing], set()
    while waiting:
        counts = firsts(waiting.pop())
        possible |= set(leading(counts))
        low = [o for o in counts if counts[o] == min(counts.values())]
        ways = [set(sure_losers(counts))] if sure_losers(counts) else [{o} for o in low]
        fresh = {frozenset(set(counts) - way) for way in ways} - seen if not leading(counts) else ()
        seen |= set(fresh)
        waiting += fresh
        if len(seen) > 20_000:
            return "tie", [], sorted(standing)
    found = sorted(possible)
    return ("elected", found, []) if len(found) == 1 else ("tie", [], found)


METHODS = {
    "threshold": threshold,
    "schulze": schulze,
    "approval": approval,
    "star": star,
    "stv": stv,
    "irv": irv,
}


def count(rule: Rule, options: Sequence[str], choices: Sequence[Any]) -> Result:
    """Return outcome, winners and those between whom a tie is."""
    ballots = aggregated(choices)
    standing = sorted(set(options) - set(rule.get("withdrawn", [])))
    counts = rule.get("quorum", {}).get("counts")
    if counts not in (None, "above_default"):
        said = {"cast": lambda b: True, "valid": bool, "yes": lambda b: b == "yes"}
        asked = said.get(counts, lambda b: b in ("yes", "no"))
        if sum(n for n, ballot in ballots if asked(ballot)) < needed(rule):
            return "no_quorum", [], []
    return METHODS[rule["method"]](rule, standing, ballots)


def aggregated(choices: Sequence[Any]) -> Ballots:
    """Equal ballots together, in the order of their canonical JSON."""
    alike = Counter(canonical(choice) for choice in choices)
    return [(number, json.loads(text)) for text, number in sorted(alike.items())]


def needed(rule: Rule, option: str = "") -> Fraction:
    quorum = rule["quorum"]
    if "share" in quorum:
        return Fraction(quorum["share"]) * int(rule["eligible"])
    if isinstance(quorum["at_least"], dict):  # each option has a number of its own
        return Fraction(quorum["at_least"][option])
    return Fraction(quorum["at_least"])


def place(ranks: list[list[str]], option: str) -> int:
    return next((n for n, rank in enumerate(ranks) if option in rank), len(ranks))


def single_preferences(ballots: Ballots, standing: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Each ballot as an order, up to the first rank that two share."""
    found = []
    for number, ranks in ballots:
        order: list[str] = []
        for rank in ranks:
            left = [o for o in rank if o in standing]
            if len(left) > 1:
                break
            order += left
        found.append((number, order))
    return found


def drawn(rule: Rule, options: Sequence[str]) -> list[str]:
    """The order of the published lot; empty if the rule has none."""
    lot = rule.get("lot", {})
    seed = bytes.fromhex(lot.get("root", "")) + lot.get("poll", "").encode()
    if not lot.get("root"):
        return []
    return sorted(options, key=lambda o: hashlib.sha256(seed + o.encode()).digest())
