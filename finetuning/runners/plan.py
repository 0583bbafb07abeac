"""The batch plan: a pure function of sequence lengths and the benchmark's token budget.

Sorted by length then index, cut where the padded batch would pass the budget or where its longest
row would be more than `SPREAD` longer than its shortest. Never from free memory, load or device:
the same data and tokenizer give the same plan, and its hash is recorded beside the score.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

SPREAD = 0.12


@dataclass(frozen=True)
class Plan:
    """`batches` holds indices of rows; `real` and `padded` count tokens."""

    batches: tuple[tuple[int, ...], ...]
    budget: int
    real: int
    padded: int

    @property
    def sha256(self) -> str:
        body = json.dumps([self.budget, self.batches], separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    def facts(self) -> dict[str, object]:
        return {
            "sha256": self.sha256,
            "budget": self.budget,
            "batches": len(self.batches),
            "rows": sum(map(len, self.batches)),
            "real_tokens": self.real,
            "padded_tokens": self.padded,
        }


def plan(lengths: Sequence[int], budget: int) -> Plan:
    """Return the plan for rows of these lengths (tokens) under `budget` padded tokens a batch.

    A row longer than the budget makes a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    batches: list[tuple[int, ...]] = []
    batch: list[int] = []
    for index in order:
        if batch and not fits(lengths[batch[0]], lengths[index], len(batch) + 1, budget):
            batches.append(tuple(batch))
            batch = []
        batch.append(index)
    if batch:
        batches.append(tuple(batch))
    padded = sum(len(rows) * lengths[rows[-1]] for rows in batches)
    return Plan(tuple(batches), budget, sum(lengths), padded)


def fits(shortest: int, longest: int, rows: int, budget: int) -> bool:
    return longest * rows <= budget and longest <= shortest * (1 + SPREAD) + 1
