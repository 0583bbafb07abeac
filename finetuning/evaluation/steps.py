"""The three sandboxed steps as tasks: what each may read and must write. No Django.

Predicting gets the model, the items and its settings; scoring gets gold and predictions and no
model. No task ever holds both a member's weights and the labels they are judged by.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetuning.sandbox import Limits, Task
from finetuning.sandbox.task import MIB
from models_registry.formats.sentences import Sentence as _

RUNNERS = Path(__file__).resolve().parent.parent / "runners"
PREDICT_LIMITS = Limits(wall_s=3600, memory_bytes=4096 * MIB, file_bytes=512 * MIB)
SCORE_LIMITS = Limits(wall_s=600, memory_bytes=2048 * MIB, file_bytes=512 * MIB)
TRAIN_LIMITS = Limits(wall_s=7200, memory_bytes=6144 * MIB, file_bytes=2048 * MIB)


def graphics() -> tuple[Path, ...]:
    """Return the device nodes that CUDA needs: the cards of this machine, and their driver."""
    names = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm*")
    return tuple(sorted(path for name in names for path in Path("/dev").glob(name)))


def runner_sha256() -> str:
    """Return the identity of the code that predicts and scores."""
    total = hashlib.sha256()
    for path in sorted(RUNNERS.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def code(folder: Path) -> Path:
    """Copy the runners below `folder`, so that nothing else of ours is readable inside."""
    place = folder / "code"
    target = place / "finetuning" / "runners"
    target.mkdir(parents=True)
    for path in RUNNERS.glob("*.py"):
        shutil.copy(path, target)
    return place


def settings(folder: Path, name: str, values: dict[str, Any]) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(values))
    return path


def predict(
    folder: Path, *, model: Path, items: Path, job: dict[str, Any], limits: Limits = PREDICT_LIMITS
) -> Task:
    """`job`: task, budget (padded tokens), window (tokens), threads, device."""
    return Task(
        arguments=("-m", "finetuning.runners", "predict"),
        inputs={"model": model, "items": items, "job": settings(folder, "predict", job)},
        outputs={"predictions": folder / "predictions", "record": folder / "predict-record"},
        code=code(folder / "predict-code"),
        limits=limits,
        threads=int(job.get("threads", 1)),
        devices=graphics() if job.get("device") == "cuda" else (),
    )


def score(
    folder: Path, *, gold: Path, predictions: Path, job: dict[str, Any], base: Path | None = None
) -> Task:
    """`job`: task, labels, classes, resamples, seed. `base`: the counts of the base model's run."""
    compared = {"base": base} if base is not None else {}
    return Task(
        arguments=("-m", "finetuning.runners", "score"),
        inputs={
            "gold": gold,
            "predictions": predictions,
            "job": settings(folder, "score", job),
            **compared,
        },
        outputs={
            "result": folder / "result",
            "counts": folder / "counts",
            "record": folder / "score-record",
        },
        code=code(folder / "score-code"),
        limits=SCORE_LIMITS,
    )


def train(folder: Path, *, model: Path, items: Path, gold: Path, job: dict[str, Any]) -> Task:
    """`job`: task, labels, seed, epochs, batch, learning_rate, max_length (tokens), threads."""
    return Task(
        arguments=("-m", "finetuning.runners", "train"),
        inputs={
            "model": model,
            "items": items,
            "gold": gold,
            "job": settings(folder, "train", job),
        },
        outputs={
            "weights": folder / "model.safetensors",
            "config": folder / "config.json",
            "record": folder / "train-record",
        },
        code=code(folder / "train-code"),
        limits=TRAIN_LIMITS,
        threads=int(job.get("threads", 1)),
    )


def class_map(id2label: dict[str, str] | None, n_classes: int, labels: Sequence[str]) -> list[int]:
    """Return, for each class number of a model, the index of its label in the benchmark.

    Names are compared whatever their case; a model without names (`LABEL_0`, ...) is read by
    position when the counts agree. Raises `ValueError` with a sentence for anything else.
    """
    names = [str((id2label or {}).get(str(n), f"LABEL_{n}")) for n in range(n_classes)]
    if all(name == f"LABEL_{n}" for n, name in enumerate(names)) and n_classes == len(labels):
        return list(range(n_classes))
    known = {label.casefold(): n for n, label in enumerate(labels)}
    unknown = [name for name in names if name.casefold() not in known]
    if unknown:
        said = {"label": unknown[0], "labels": ", ".join(labels)}
        raise ValueError(_("The model's label {label!r} is not one of {labels}.", **said))
    return [known[name.casefold()] for name in names]
