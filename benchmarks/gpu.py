"""Evaluation on a graphics card beside the processor: the same labels, and how fast.

    python benchmarks/gpu.py [--rows 2000] [--budgets 1024 16384]

Runs the predicting step as a worker does, in the sandbox, on `cpu` and on `cuda`. Needs torch,
transformers and tokenizers, no Django and no network: the model has MiniLM's shape and random
weights, wide enough that its classes are apart; the words are made from a small alphabet. Prints
the labels that differ (expected: none), whether a second run on the card is bit-equal, and real
tokens a second of the predicting step alone.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in "aeiou"]
CLASSES = 13


def make_model(folder: Path) -> None:
    """Write config, weights and tokenizer of a token classifier of MiniLM's shape."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification

    words = [*SPECIAL, *SYLLABLES, *(f"##{syllable}" for syllable in SYLLABLES)]
    pieces = Tokenizer(models.WordPiece({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    pieces.save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
        intermediate_size=1536, num_labels=CLASSES, initializer_range=0.2,
    )  # fmt: skip
    BertForTokenClassification(config).save_pretrained(folder)


def make_items(path: Path, rows: int) -> None:
    """Write sentences of 1 to 40 words of 1 to 4 syllables."""
    chance = random.Random(2)
    with path.open("w") as lines:
        for _ in range(rows):
            words = [
                "".join(chance.choices(SYLLABLES, k=chance.randint(1, 4)))
                for _ in range(chance.randint(1, 40))
            ]
            lines.write(json.dumps({"words": words}) + "\n")


def predict(folder: Path, device: str, budget: int, threads: int) -> tuple[np.ndarray, Any]:
    """Return the class of each word, and the record of the step."""
    from finetuning.evaluation import steps
    from finetuning.sandbox import run

    job = {
        "task": "token-classification",
        "budget": budget,
        "window": 512,
        "threads": threads,
        "device": device,
    }
    with tempfile.TemporaryDirectory() as place:
        task = steps.predict(Path(place), model=folder / "model", items=folder / "items", job=job)
        outcome = run(task)
        if not outcome.ok:
            sys.exit(f"{device}: {outcome.facts()} {outcome.said[-2000:]}")
        record = json.loads(task.outputs["record"].read_text())
        said = np.frombuffer(task.outputs["predictions"].read_bytes(), dtype="<i2")
        return said, record | {"outcome": outcome.facts()}


def report(name: str, said: np.ndarray, record: dict[str, Any], expected: np.ndarray) -> None:
    rate = record["plan"]["real_tokens"] / record["times"]["predict_s"]
    print(
        f"{name}: {record['device']}, {record['outcome']['mechanism']}, {rate:,.0f} tokens/s, "
        f"loading {record['times']['load_s']} s, in all {record['outcome']['wall_s']} s, "
        f"{(said != expected).sum()} of {len(said)} labels differ",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--budgets", type=int, nargs="+", default=[1024, 16384])
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "model").mkdir()
        make_model(folder / "model")
        make_items(folder / "items", chosen.rows)
        expected, record = predict(folder, "cpu", chosen.budgets[0], chosen.threads)
        report("cpu", expected, record, expected)
        for budget in chosen.budgets:
            first, record = predict(folder, "cuda", budget, chosen.threads)
            again, _ = predict(folder, "cuda", budget, chosen.threads)
            report(f"cuda, budget {budget}", first, record, expected)
            print(f"  a second run is {'bit-equal' if (first == again).all() else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
