"""What evaluation costs: tokens per CPU second beside its peers, start, kill, first progress.

    OMP_NUM_THREADS=1 python benchmarks/evaluation.py speed [--shared ../shared]
    python benchmarks/evaluation.py sandbox

`speed` compares, on one thread and in fp32, our runner with the common tutorial loop (batch 16,
padded to 128) and with `Trainer.predict` under a dynamic collator (batch 16), on 500 WNUT-17 test
sentences and 500 sentences of the demo benchmark. CPU seconds of the process, median of
interleaved rounds; the model is loaded once. A label changed is a word or row where a peer's
prediction differs from ours (words that a peer truncates away are not compared).
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ROWS, LENGTH, BATCH = 500, 128, 16
Predict = Callable[[], list[list[int]]]


def peers(model: Any, tokenizer: Any, rows: list[Any], *, split: bool) -> dict[str, Predict]:
    """Return the tutorial loop and the Trainer over the same model and rows.

    Each returns, for each row, a label for each of its words (one for a whole text); -1 where the
    word fell off the end.
    """
    import torch
    from transformers import (
        DataCollatorForTokenClassification,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    def tutorial() -> list[list[int]]:
        found = []
        for start in range(0, len(rows), BATCH):
            given = tokenizer(
                rows[start : start + BATCH], is_split_into_words=split, truncation=True,
                padding="max_length", max_length=LENGTH, return_tensors="pt",
            )  # fmt: skip
            with torch.no_grad():
                best = model(**given).logits.argmax(-1)
            for n, row in enumerate(rows[start : start + BATCH]):
                found.append(
                    words(best[n].tolist(), given.word_ids(n), row) if split else [int(best[n])]
                )
        return found

    def trainer() -> list[list[int]]:
        encoded = [
            tokenizer(row, is_split_into_words=split, truncation=True, max_length=LENGTH)
            for row in rows
        ]
        collator = DataCollatorForTokenClassification if split else DataCollatorWithPadding
        arguments = TrainingArguments(
            output_dir="/tmp/benchmark-trainer", per_device_eval_batch_size=BATCH, report_to=[],
            disable_tqdm=True, use_cpu=True,
        )  # fmt: skip
        data = [dict(zip(("input_ids", "attention_mask"), pair(e), strict=True)) for e in encoded]
        for row in data if split else ():
            row["labels"] = [0] * len(row["input_ids"])
        ran = Trainer(model=model, args=arguments, data_collator=collator(tokenizer))
        best = ran.predict(data).predictions.argmax(-1)  # type: ignore[union-attr,arg-type]
        if not split:
            return [[int(label)] for label in best]
        return [words(best[n].tolist(), encoded[n].word_ids(), row) for n, row in enumerate(rows)]

    return {"tutorial loop (batch 16, padded to 128)": tutorial,
            "Trainer.predict (dynamic collator)": trainer}  # fmt: skip


def pair(encoded: Any) -> tuple[list[int], list[int]]:
    return encoded["input_ids"], encoded["attention_mask"]


def words(best: list[int], word_ids: list[int | None], row: list[str]) -> list[int]:
    """Return the label of each word's first piece; -1 for words beyond the end."""
    found = [-1] * len(row)
    for position, word in enumerate(word_ids):
        if word is not None and found[word] == -1:
            found[word] = best[position]
    return found


def ours(folder: Path, model: Any, rows: list[Any], *, split: bool) -> tuple[Predict, list[int]]:
    """Return our runner over the same model, and where to note the real tokens it read."""
    from finetuning.runners import predict
    from finetuning.runners.tokenizer import Tokenizer

    key = "words" if split else "text"
    items = [{key: row} for row in rows]
    job = {"budget": 1024, "window": 512}
    real: list[int] = []

    def run() -> list[list[int]]:
        tokenizer = Tokenizer(folder)
        step = predict.tags if split else predict.classes
        found, plan = step(model, tokenizer, items, job, lambda *_: None)
        real.append(plan.real)
        if not split:
            return [[int(label)] for label in found.argmax(-1)]
        labels = iter(found.tolist())
        return [[next(labels) for _ in row] for row in rows]

    return run, real


def compare(name: str, folder: Path, rows: list[Any], rounds: int, *, split: bool) -> None:
    import torch
    from transformers import AutoTokenizer

    from finetuning.runners import native, predict

    predict.settle(1)
    task = "token-classification" if split else "text-classification"
    model = native.load(folder, task, torch.device("cpu"))
    tokenizer = AutoTokenizer.from_pretrained(ROOT / ".venv/assets/minilm")
    mine, real = ours(folder, model, rows, split=split)
    runs = {"ours": mine} | peers(model, tokenizer, rows, split=split)
    seconds: dict[str, list[float]] = {who: [] for who in runs}
    said: dict[str, list[list[int]]] = {}
    for _ in range(rounds):
        for who, run in runs.items():
            began = time.process_time()
            said[who] = run()
            seconds[who].append(time.process_time() - began)
    tokens = real[0]
    print(f"\n{name}: {len(rows)} rows, {tokens} real tokens")
    base = statistics.median(seconds["ours"])
    for who, spent in seconds.items():
        middle = statistics.median(spent)
        changed = sum(
            a != b
            for row, other in zip(said["ours"], said[who], strict=True)
            for a, b in zip(row, other, strict=True)
            if b != -1
        )
        print(
            f"| {who} | {middle:.2f} | {tokens / middle:,.0f} | {middle / base:.2f} | {changed} |"
        )


def speed(shared: Path, models: Path, rounds: int) -> None:
    """`models` holds `wnut17` and `movie-sentiment`, as the slow test and the demo train them."""
    import os

    from finetuning.benchmarks import formats

    text = (shared / "data/wnut17/emerging.test.annotated").read_text()
    tags = [row["words"] for row in formats.conll(text).items[:ROWS]]
    compare("WNUT-17 test", models / "wnut17", tags, rounds, split=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    from finetuning.demo import sentiment

    texts = [row["text"] for row in sentiment.splits()[1].items[:ROWS]]
    compare("movie-sentiment test", models / "movie-sentiment", texts, rounds, split=False)


def sandbox_costs() -> None:
    """Start: a Python that does nothing, inside and outside. Kill: until nothing is left."""
    import subprocess

    from finetuning import sandbox

    plain = [sys.executable, "-s", "-E", "-B", "-c", "pass"]
    rows: dict[str, list[float]] = {"plain": [], "start": [], "kill": []}
    loop = sandbox.Task(arguments=("-c", "while True: pass"), limits=sandbox.Limits(wall_s=0.2))
    nothing = sandbox.Task(arguments=("-c", "pass"))
    sandbox.chosen()
    for _ in range(20):
        began = time.perf_counter()
        subprocess.run(plain, check=True)
        rows["plain"].append(time.perf_counter() - began)
        began = time.perf_counter()
        assert sandbox.run(nothing).ok
        rows["start"].append(time.perf_counter() - began)
        rows["kill"].append(sandbox.run(loop).kill_s)
    middle = {name: statistics.median(found) * 1000 for name, found in rows.items()}
    print(
        json.dumps({name: round(value, 1) for name, value in middle.items()}), "ms, medians of 20"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["speed", "sandbox"])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--models", type=Path, default=Path("/tmp/evaluation-models"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.what == "speed":
        speed(given.shared, given.models, given.rounds)
    else:
        sandbox_costs()


if __name__ == "__main__":
    main()
