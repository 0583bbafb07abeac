"""Predict: model, tokens and settings in; class numbers or logits out. Labels are not here."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tokenizers
import torch
import transformers

from finetuning.runners import native
from finetuning.runners.channel import Channel, Fault
from finetuning.runners.plan import Plan, plan
from finetuning.runners.tokenizer import Encoded, Tokenizer
from finetuning.runners.windows import Window, windows


def main(channel: Channel) -> None:
    """Write `predictions` (int16 a word, or float32 logits a row) and `record` (JSON)."""
    try:
        step(channel)
    except torch.OutOfMemoryError:
        raise Fault("memory", "the model does not fit into the memory of the device") from None


def step(channel: Channel) -> None:
    job = channel.job()
    began = time.monotonic()
    settle(int(job.get("threads", 1)))
    device = ready(str(job.get("device", "cpu")))
    tokenizer = Tokenizer(channel.inputs["model"])
    model = native.load(channel.inputs["model"], job["task"], device)
    channel.tell("loading", 1, 1)
    loaded = time.monotonic()
    rows = list(channel.rows("items"))
    cpu = time.process_time()
    predict = PREDICT[job["task"]]
    predictions, found = predict(model, tokenizer, rows, job, channel.tell)
    channel.write("predictions", predictions.tobytes())
    times = {
        "load_s": round(loaded - began, 3),
        "predict_s": round(time.monotonic() - loaded, 3),
        "predict_cpu_s": round(time.process_time() - cpu, 3),
    }
    channel.write_json("record", {"plan": found.facts(), "times": times, **setting(model)})


def settle(threads: int) -> None:
    """Fix what could make two runs of one digest differ."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def ready(name: str) -> torch.device:
    """Return the device, seen to work before anything of a member is loaded: where it does not,
    the platform is at fault."""
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise Fault("platform", f"the device {name} does not work: {error}") from None


def setting(model: Any) -> dict[str, Any]:
    """Return what the environment was."""
    device = next(model.parameters()).device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "parameters": sum(tensor.numel() for tensor in model.parameters()),
        "dtype": "float32",
        "device": f"{device.type} ({name})",
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "numpy": np.__version__,
        },
        "processors": os.cpu_count(),
    }


Tell = Callable[[str, int, int], None]
Rows = Sequence[dict[str, Any]]


def tags(
    model: Any, tokenizer: Tokenizer, rows: Rows, job: dict[str, Any], tell: Tell
) -> tuple[np.ndarray, Plan]:
    """Return int16 class numbers, one for every word of every row in order; -1 where a word has
    no piece (the scorer counts it as O)."""
    encoded = tokenizer.encode([row["words"] for row in rows], split=True)
    parts = windows(encoded, native.room(model, job["window"], tokenizer.special))
    starts = np.cumsum([0, *(len(row["words"]) for row in rows)])
    answers = np.full(starts[-1], -1, dtype="<i2")
    places = [[starts[part.row] + word for word, _ in part.answers] for part in parts]

    def keep(batch: Sequence[int], logits: torch.Tensor) -> None:
        answers[[place for n in batch for place in places[n]]] = logits.argmax(-1).cpu().numpy()

    return answers, forward(model, tokenizer, encoded, parts, job, tell, keep)


def classes(
    model: Any, tokenizer: Tokenizer, rows: Rows, job: dict[str, Any], tell: Tell
) -> tuple[np.ndarray, Plan]:
    """Return float32 logits, shape [rows, classes]; a text longer than the window is cut."""
    encoded = tokenizer.encode([row["text"] for row in rows], split=False)
    room = native.room(model, job["window"], tokenizer.special)
    first = ((0, -len(tokenizer.before)),)  # every head reads the very first position
    parts = [Window(n, 0, min(len(row.ids), room), first) for n, row in enumerate(encoded)]
    answers = np.zeros((len(rows), model.config.num_labels), dtype="<f4")

    def keep(batch: Sequence[int], logits: torch.Tensor) -> None:
        answers[list(batch)] = logits.float().cpu().numpy()

    return answers, forward(model, tokenizer, encoded, parts, job, tell, keep)


PREDICT = {"token-classification": tags, "text-classification": classes}


def forward(
    model: Any,
    tokenizer: Tokenizer,
    rows: Sequence[Encoded],
    parts: Sequence[Window],
    job: dict[str, Any],
    tell: Tell,
    keep: Callable[[Sequence[int], torch.Tensor], None],
) -> Plan:
    """Run the model over all windows in the order of the plan; `keep` gets the logits of each
    batch, [positions read, classes]."""
    before, after = tokenizer.before, tokenizer.after
    sequences = [before + rows[p.row].ids[p.start : p.stop] + after for p in parts]
    if any(max(ids) >= model.config.vocab_size for ids in sequences if ids):
        raise Fault("tokenizer", "the tokenizer makes ids that the model has no embedding for")
    found = plan([len(ids) for ids in sequences], job["budget"])
    reads = [[len(before) + position for _, position in part.answers] for part in parts]
    pad = model.config.pad_token_id or 0
    tell("predicting", 0, len(parts))
    done = 0
    with torch.inference_mode(), native.Narrowed(model) as narrowed:
        for batch in found.batches:
            narrowed.to([reads[n] for n in batch], len(sequences[batch[-1]]))
            given = padded([sequences[n] for n in batch], pad, model.device)
            logits = model(**given).logits.flatten(0, -2)
            if not bool(torch.isfinite(logits).all()):
                raise Fault("nan", "the model's output holds values that are not finite")
            keep(batch, logits)
            done += len(batch)
            tell("predicting", done, len(parts))
    return found


def padded(rows: Sequence[list[int]], pad: int, device: torch.device) -> dict[str, torch.Tensor]:
    width = len(rows[-1])
    ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
