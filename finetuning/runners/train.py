"""Train: a base model and labelled rows in; safetensors weights and a config out.

The settings are those of the reference fine-tunes: AdamW, linear warm-up over the first tenth then
linear decay, gradient norm 1, batches of similar length in a shuffled order, one seed.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save

from finetuning.runners.channel import Channel
from finetuning.runners.native import HEADS, STEMS
from finetuning.runners.tokenizer import Encoded, Tokenizer

IGNORED = -100
POOL = 16  # batches sorted by length together


def main(channel: Channel) -> None:
    """Write `weights` (safetensors), `config` (JSON) and `record` (JSON: the loss of each step)."""
    job = channel.job()
    torch.set_num_threads(int(job.get("threads", 1)))
    torch.manual_seed(job["seed"])
    tokenizer = Tokenizer(channel.inputs["model"])
    model = with_new_head(channel.inputs["model"], job["task"], job["labels"])
    rows = examples(tokenizer, channel, job)
    losses = fit(model, rows, tokenizer, job, channel)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    channel.write("weights", save(tensors, metadata={"format": "pt"}))
    channel.write("config", (json.dumps(description(model), indent=2) + "\n").encode())
    channel.write_json("record", {"losses": losses, "steps": len(losses)})


def with_new_head(folder: Path, task: str, labels: Sequence[str]) -> Any:
    """Return the base model with a fresh classification head over `labels`."""
    found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stem = STEMS[found["model_type"]]
    config = getattr(transformers, f"{stem}Config").from_dict(found)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    kind = getattr(transformers, stem + HEADS[task])
    config.architectures = [kind.__name__]
    options = {"config": config, "use_safetensors": True, "local_files_only": True}
    return kind.from_pretrained(folder, dtype=torch.float32, trust_remote_code=False, **options)


def description(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = model.config.to_dict()
    found.pop("_name_or_path", None)
    return found


def examples(
    tokenizer: Tokenizer, channel: Channel, job: dict[str, Any]
) -> list[tuple[list[int], list[int]]]:
    """Return pairs of input ids and labels (one a piece for tags, one a row for classes)."""
    number = {label: n for n, label in enumerate(job["labels"])}
    items, gold = list(channel.rows("items")), list(channel.rows("gold"))
    room = job["max_length"] - len(tokenizer.before) - len(tokenizer.after)
    split = job["task"] == "token-classification"
    encoded = tokenizer.encode([row["words" if split else "text"] for row in items], split=split)
    found = []
    for row, answer in zip(encoded, gold, strict=True):
        ids = tokenizer.before + row.ids[:room] + tokenizer.after
        labels = (
            tagged(row, [number[tag] for tag in answer["tags"]], tokenizer, room)
            if split
            else [number[answer["label"]]]
        )
        found.append((ids, labels))
    return found


def tagged(row: Encoded, tags: Sequence[int], tokenizer: Tokenizer, room: int) -> list[int]:
    """Label the first piece of each word; the loss skips all other pieces."""
    labels, before = [], None
    for word in row.words[:room]:
        labels.append(IGNORED if word is None or word == before else tags[word])
        before = word
    return [IGNORED] * len(tokenizer.before) + labels + [IGNORED] * len(tokenizer.after)


def fit(
    model: Any,
    rows: Sequence[tuple[list[int], list[int]]],
    tokenizer: Tokenizer,
    job: dict[str, Any],
    channel: Channel,
) -> list[float]:
    """Train `model` in place and return the loss (nats) of each step."""
    per_epoch = -(-len(rows) // job["batch"])
    steps = per_epoch * job["epochs"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=job["learning_rate"])
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    model.train()
    losses: list[float] = []
    for batch in shuffled(rows, job):
        loss = model(**tensors(batch, job["task"], model.config.pad_token_id or 0)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(round(float(loss), 5))
        channel.tell("training", len(losses), steps)
    return losses


def shuffled(
    rows: Sequence[tuple[list[int], list[int]]], job: dict[str, Any]
) -> Iterator[list[tuple[list[int], list[int]]]]:
    """Yield every epoch's batches: shuffled pools, sorted by length inside, in random order."""
    random = torch.Generator().manual_seed(job["seed"])
    size = job["batch"]
    for _ in range(job["epochs"]):
        order = torch.randperm(len(rows), generator=random).tolist()
        pools = [order[n : n + size * POOL] for n in range(0, len(order), size * POOL)]
        for pool in pools:
            pool.sort(key=lambda index: len(rows[index][0]))
        straight = [index for pool in pools for index in pool]
        batches = [straight[n : n + size] for n in range(0, len(straight), size)]
        for number in torch.randperm(len(batches), generator=random).tolist():
            yield [rows[index] for index in batches[number]]


def tensors(
    batch: Sequence[tuple[list[int], list[int]]], task: str, pad: int
) -> dict[str, torch.Tensor]:
    width = max(len(ids) for ids, _ in batch)
    found = {
        "input_ids": torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in batch]),
        "attention_mask": torch.tensor(
            [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in batch]
        ),
    }
    if task == "token-classification":
        labels = [labels + [IGNORED] * (width - len(labels)) for _, labels in batch]
        return found | {"labels": torch.tensor(labels)}
    return found | {"labels": torch.tensor([labels[0] for _, labels in batch])}
