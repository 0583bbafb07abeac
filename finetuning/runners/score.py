"""Score: labels and predictions in; metrics with intervals out. numpy only, and no model.

A separate process from the predicting one: it alone sees labels.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from finetuning.runners import classification, entities, intervals, reports
from finetuning.runners.channel import Channel, Fault

OUTSIDE = "O"


def main(channel: Channel) -> None:
    """Write `result` (JSON: metrics, report, support) and `counts` (float64 [rows, columns])."""
    job = channel.job()
    gold = list(channel.rows("gold"))
    raw = channel.inputs["predictions"].read_bytes()
    result, counts = SCORE[job["task"]](job, gold, raw)
    if "base" in channel.inputs:
        theirs = np.frombuffer(channel.inputs["base"].read_bytes(), dtype="<f8")
        result["against_base"] = compared(counts, theirs, job)
    channel.write("counts", np.ascontiguousarray(counts, dtype="<f8").tobytes())
    channel.write_json("result", result | {"columns": int(counts.shape[1])})
    channel.tell("scoring", 1, 1)


def measured(columns: np.ndarray, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each metric with its 95 % interval, all from the same resamples."""
    whole = columns.sum(axis=0)[None]
    sums = intervals.resampled(columns, job["resamples"], job["seed"])
    found = []
    for name, measure in measures_of(job).items():
        low, high = intervals.interval(sums, measure)
        value = float(measure(whole)[0])
        found.append({"metric": name, "value": value, "low": low, "high": high})
    return found


def compared(mine: np.ndarray, theirs: np.ndarray, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each metric's difference to the base model's, whose counts on the same rows are
    `theirs`; nothing where those are of another shape."""
    if theirs.size != mine.size:
        return []
    found = []
    for name, measure in measures_of(job).items():
        value, low, high = intervals.difference(
            mine, theirs.reshape(mine.shape), measure, job["resamples"], job["seed"]
        )
        found.append({"metric": name, "value": value, "low": low, "high": high})
    return found


def measures_of(job: dict[str, Any]) -> Mapping[str, intervals.Measure]:
    if job["task"] == "text-classification":
        return classification.measures(len(job["labels"]))
    return intervals.ENTITY_MEASURES


def token_classification(
    job: dict[str, Any], gold: list[dict[str, Any]], raw: bytes
) -> tuple[dict[str, Any], np.ndarray]:
    """`job["labels"]` are the benchmark's tags; `job["classes"]` maps class number to tag index."""
    labels: list[str] = job["labels"]
    number = {tag: n for n, tag in enumerate(labels)}
    right = np.array([number[tag] for row in gold for tag in row["tags"]], dtype=np.int64)
    rows = np.repeat(np.arange(len(gold)), [len(row["tags"]) for row in gold])
    said = mapped(np.frombuffer(raw, dtype="<i2"), len(right), job["classes"], number[OUTSIDE])
    counts = entities.counts(right, said, rows, len(gold), labels)
    report = reports.token_report(right, said, labels)
    columns = counts.astype(np.float64)
    return {
        "metrics": measured(columns, job),
        "report": report,
        "entities": entities.by_type(right, said, rows, labels),
        "support": int(counts[:, 2].sum()),
        "units": len(right),
    }, columns


def mapped(said: np.ndarray, expected: int, classes: list[int], outside: int) -> np.ndarray:
    """Turn class numbers into tag indices; a word without a prediction is O."""
    if len(said) != expected:
        raise Fault("output", f"{len(said)} predictions for {expected} words")
    if said.size and (said.min() < -1 or said.max() >= len(classes)):
        raise Fault("output", "a predicted class is out of range")
    found: np.ndarray = np.array([*classes, outside], dtype=np.int64)[said]
    return found


def text_classification(
    job: dict[str, Any], gold: list[dict[str, Any]], raw: bytes
) -> tuple[dict[str, Any], np.ndarray]:
    labels: list[str] = job["labels"]
    right = np.array([labels.index(row["label"]) for row in gold], dtype=np.int64)
    logits = np.frombuffer(raw, dtype="<f4").astype(np.float64)
    if logits.size != len(right) * len(job["classes"]) or not np.isfinite(logits).all():
        raise Fault("output", "the logits have the wrong shape or are not finite")
    logits = logits.reshape(len(right), -1)[:, np.argsort(job["classes"])]
    columns = classification.columns(right, logits)
    said = logits.argmax(-1)
    return {
        "metrics": measured(columns, job),
        "report": reports.token_report(right, said, labels),
        "entities": [],
        "support": len(right),
        "units": len(right),
    }, columns


SCORE = {"token-classification": token_classification, "text-classification": text_classification}
