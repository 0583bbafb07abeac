"""config.json: what is refused, what is dropped, and the config that we write in its place."""

import json
from typing import Any

from finetuning.acceptance import architectures
from finetuning.acceptance.report import File
from models_registry.formats.safetensors import Malformed, once

MAX_CONFIG_BYTES = 1024 * 1024
MAX_CLASSES = 10_000
MAX_LABEL_LENGTH = 100
REFUSED_KEYS = {
    "auto_map": "names program code of the repo; no code of a submission is ever run",
    "quantization_config": "asks for quantised loading, which is not evaluated yet",
}


class Unacceptable(ValueError):
    """The configuration breaks a rule; `rule` is its stable name."""

    def __init__(self, rule: str, text: str):
        super().__init__(text)
        self.rule = rule


def read_json(file: File, ceiling: int) -> dict[str, Any]:
    """Return the one JSON object of a small file, in which no key comes twice."""
    if file.size > ceiling:
        raise Unacceptable("size", f"{file.path} has {file.size:,} bytes; {ceiling:,} are allowed.")
    try:
        found = json.loads(file.head(ceiling + 1).decode(), object_pairs_hook=once)
    except Malformed as error:
        raise Unacceptable("json", f"In {file.path} {error}.") from None
    except (ValueError, RecursionError):
        raise Unacceptable("json", f"{file.path} is not JSON.") from None
    if not isinstance(found, dict):
        raise Unacceptable("json", f"{file.path} is not a JSON object.")
    return found


def read(file: File) -> dict[str, Any]:
    """Return the configuration as uploaded; raises `Unacceptable` for what is never evaluated."""
    config = read_json(file, MAX_CONFIG_BYTES)
    for key, why in REFUSED_KEYS.items():
        if config.get(key):
            raise Unacceptable(key, f"The key {key} in {file.path} {why}.")
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in architectures.ARCHITECTURES:
        known = ", ".join(architectures.ARCHITECTURES)
        shown = str(kind)[:40]
        text = f"The model type {shown!r} is not evaluated here; {known} are."
        raise Unacceptable("model_type", text)
    return config


def classes(config: dict[str, Any]) -> tuple[int, dict[str, str] | None]:
    """Return the number of classes and their names, by number, where the model gives them."""
    names = config.get("id2label")
    if names is None:
        count = config.get("num_labels", 2)
        if type(count) is not int or not 1 <= count <= MAX_CLASSES:
            raise Unacceptable("labels", "num_labels is not a number of classes.")
        return count, None
    good = isinstance(names, dict) and set(names) == {str(n) for n in range(len(names))}
    if not good or not 1 <= len(names) <= MAX_CLASSES:
        raise Unacceptable("labels", "id2label does not number its labels from 0 without gaps.")
    if not all(isinstance(v, str) and 0 < len(v) <= MAX_LABEL_LENGTH for v in names.values()):
        raise Unacceptable("labels", f"A label is not a text of 1 to {MAX_LABEL_LENGTH} letters.")
    return len(names), names


def rewritten(config: dict[str, Any], sizes: dict[str, int], count: int) -> dict[str, Any]:
    """Return the config that the job gets: bounded sizes, plain settings, nothing else."""
    kept = architectures.ARCHITECTURES[config["model_type"]].kept
    plain = {key: config[key] for key in kept if is_plain(config.get(key))}
    labels = {str(n): f"LABEL_{n}" for n in range(count)}
    return {
        "model_type": config["model_type"],
        **sizes,
        **plain,
        "id2label": labels,
        "label2id": {label: int(n) for n, label in labels.items()},
    }


def is_plain(value: object) -> bool:
    """Return whether a setting is a small number, a flag or a short word."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -1e9 < value < 1e9
    return isinstance(value, str) and len(value) <= 40 and value.replace("_", "").isalnum()
