"""What evaluation costs: tokens per CPU second beside its peers, start, kill, first progress.

    python benchmarks/evaluation.py models [--shared ../shared]
    OMP_NUM_THREADS=1 python benchmarks/evaluation.py speed [--shared ../shared]
    python benchmarks/evaluation.py sandbox

`models` trains what `speed` compares: MiniLM on WNUT-17 (three epochs) and on the demo's film
reviews (one), in the sandbox. `speed` compares, on one thread and in fp32, our runner with the
common tutorial loop (batch 16, padded to 128) and with `Trainer.predict` under a dynamic collator
(batch 16), on 500 WNUT-17 test sentences and 500 of the demo benchmark. CPU seconds of the process,
median of interleaved rounds; model and tokenizer are loaded once. Labels
changed are counted in the rows that both read whole; what becomes of rows that a peer cuts is said
beside.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
MINILM = Path(os.environ.get("COMMONHOLD_ASSETS", ROOT / ".venv/assets")) / "minilm"
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
    tokenizer = Tokenizer(folder)  # once, as the peers' is

    def run() -> list[list[int]]:
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
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
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
    lengths = [len(tokenizer(row, is_split_into_words=split)["input_ids"]) for row in rows]
    print(f"\n{name}: {len(rows)} rows, {tokens} real tokens")
    base = statistics.median(seconds["ours"])
    for who, spent in seconds.items():
        middle = statistics.median(spent)
        whole, cut = changed(said["ours"], said[who], lengths)
        print(f"| {who} | {middle:.2f} | {tokens / middle:,.0f} | {middle / base:.2f} | {whole} |")
        if cut:
            print(f"  in rows that it cuts at {LENGTH} tokens: {cut}")


def changed(mine: list[list[int]], theirs: list[list[int]], lengths: list[int]) -> tuple[int, str]:
    """Return how many labels differ in rows that both read whole, and a sentence on the others.

    A peer that cuts a row never sees its end, so it has no label there and less context before.
    """
    pairs = list(zip(mine, theirs, lengths, strict=True))
    whole = sum(a != b for x, y, n in pairs if n <= LENGTH for a, b in zip(x, y, strict=True))
    cut = [(a, b) for x, y, n in pairs if n > LENGTH for a, b in zip(x, y, strict=True)]
    missing = sum(b == -1 for _, b in cut)
    other = sum(a != b for a, b in cut) - missing
    return whole, f"{missing} words without a label, {other} labels changed" if missing else ""


def train(name: str, data: Any, models: Path, **job: Any) -> None:
    """Fine-tune MiniLM on `data` as a folder `name` that a member could upload."""
    import shutil

    from finetuning import sandbox
    from finetuning.benchmarks import formats
    from finetuning.evaluation import steps

    with tempfile.TemporaryDirectory(dir=models) as place:
        folder = Path(place)
        for part, rows in (("items", data.items), ("gold", data.gold)):
            (folder / part).write_bytes(formats.lines(rows))
        settings = {"seed": 0, "batch": 32, "learning_rate": 5e-4, "max_length": LENGTH, **job}
        settings |= {"task": data.task, "labels": list(data.labels)}
        inputs = {"model": MINILM, "items": folder / "items", "gold": folder / "gold"}
        outcome = sandbox.run(steps.train(folder, **inputs, job=settings))
        assert outcome.ok, outcome.said
        (models / name).mkdir(exist_ok=True)
        for path in (folder / "model.safetensors", folder / "config.json"):
            shutil.copy(path, models / name)
        shutil.copy(MINILM / "tokenizer.json", models / name)
        print(f"{name}: {len(data.items)} rows in {outcome.wall_s:.0f} s", flush=True)


def train_both(shared: Path, models: Path) -> None:
    from finetuning.benchmarks import formats

    models.mkdir(parents=True, exist_ok=True)
    django_settings()
    from finetuning.demo import first_model

    train("movie-sentiment", first_model.training_data(), models, epochs=1)
    text = (shared / "data/wnut17/wnut17train.conll").read_text()
    train("wnut17", formats.conll(text), models, epochs=3)


def django_settings() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()


def speed(shared: Path, models: Path, rounds: int) -> None:
    from finetuning.benchmarks import formats

    text = (shared / "data/wnut17/emerging.test.annotated").read_text()
    tags = [row["words"] for row in formats.conll(text).items[:ROWS]]
    compare("WNUT-17 test", models / "wnut17", tags, rounds, split=True)
    django_settings()
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
    parser.add_argument("what", choices=["models", "speed", "sandbox"])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--models", type=Path, default=Path("/tmp/evaluation-models"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.what == "models":
        train_both(given.shared, given.models)
    elif given.what == "speed":
        speed(given.shared, given.models, given.rounds)
    else:
        sandbox_costs()


if __name__ == "__main__":
    main()
