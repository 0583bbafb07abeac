"""WNUT-17, for real: MiniLM fine-tuned for three epochs, then scored as any submission is.

The data (CC-BY 4.0) is read by path and is no part of the project: `../shared/data/wnut17` beside
the checkout, or the folder that COMMONHOLD_SHARED names. Training takes about six CPU minutes.
"""

import json
import os
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from finetuning import sandbox
from finetuning.benchmarks import formats
from finetuning.evaluation import steps

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("db")]
ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {"seed": 0, "epochs": 3, "batch": 32, "learning_rate": 5e-4, "max_length": 128}
GOLD_ENTITIES = 1079


def data(name: str) -> formats.Data:
    shared = Path(os.environ.get("COMMONHOLD_SHARED", ROOT.parent / "shared"))
    path = shared / "data" / "wnut17" / name
    if not path.exists():
        pytest.skip("WNUT-17 is not here: set COMMONHOLD_SHARED to the folder above data/wnut17")
    return formats.conll(path.read_text(encoding="utf-8"))


def trained(folder: Path, train: formats.Data) -> Path:
    """Fine-tune MiniLM in the sandbox; return a folder as a member would upload it."""
    base = Path(settings.ASSETS_DIR) / "minilm"
    if not (base / "model.safetensors").exists():
        pytest.skip("MiniLM is not installed under ASSETS_DIR")
    for name, rows in (("items", train.items), ("gold", train.gold)):
        (folder / name).write_bytes(formats.lines(rows))
    job = SETTINGS | {"task": train.task, "labels": list(train.labels)}
    task = steps.train(folder, model=base, items=folder / "items", gold=folder / "gold", job=job)
    outcome = sandbox.run(task)
    assert outcome.ok, outcome.said
    repo = folder / "repo"
    repo.mkdir()
    for path in (folder / "model.safetensors", folder / "config.json", base / "tokenizer.json"):
        shutil.copy(path, repo)
    losses = json.loads((folder / "train-record").read_text())["losses"]
    assert len(losses) == 3 * 107
    assert np.mean(losses[-50:]) < np.mean(losses[:50]) / 4
    return repo


def test_minilm_reaches_what_was_seen(maker, publish, submit, work, define, tmp_path: Path) -> None:
    """Scenario 1. At least 0.37 strict entity F1, equal to seqeval's, over all 1,079 entities."""
    test = data("emerging.test.annotated")
    version = define(
        test, slug="wnut17", use="eval_only", licence="CC-BY-4.0", resamples=10_000, budget=1024
    )
    run = submit(maker, publish(maker, trained(tmp_path, data("wnut17train.conll"))), version)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.failure_text
    report = run.report
    assert report.support == GOLD_ENTITIES
    assert report.units == test.units == 23_394
    scores = {score.metric: score for score in run.scores.all()}
    assert scores["entity_f1"].value >= 0.37
    assert scores["entity_f1"].low < scores["entity_f1"].value < scores["entity_f1"].high
    names = [test.labels[number] for number in report.classes] + ["O"]
    words = iter(np.frombuffer(zlib.decompress(report.predictions), "<i2").tolist())
    said = [[names[next(words)] for _ in row["tags"]] for row in test.gold]
    gold = [row["tags"] for row in test.gold]
    wanted = f1_score(gold, said, mode="strict", scheme=IOB2)
    other_budgets_change_no_label(tmp_path, test, zlib.decompress(report.predictions))
    assert scores["entity_f1"].value == pytest.approx(wanted, abs=1e-12)


def other_budgets_change_no_label(folder: Path, test: formats.Data, known: bytes) -> None:
    """Scenario 17, on the real model: 23,394 words, 0 differences."""
    items = folder / "test-items"
    items.write_bytes(formats.lines(test.items))
    for budget in (512, 4096):
        place = folder / str(budget)
        place.mkdir()
        job = {"task": test.task, "budget": budget, "window": 512}
        task = steps.predict(place, model=folder / "repo", items=items, job=job)
        outcome = sandbox.run(task)
        assert outcome.ok, outcome.said
        assert task.outputs["predictions"].read_bytes() == known
