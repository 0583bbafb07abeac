"""config.json: what is refused, what is dropped, and the config that we write in its place."""

import json
from typing import Any

from finetuning.acceptance import architectures
from finetuning.acceptance.report import File
from models_registry.formats.safetensors import Malformed, once
from models_registry.formats.sentences import Fault, Sentence
from models_registry.formats.sentences import Sentence as _

MAX_CONFIG_BYTES = 1024 * 1024
MAX_CLASSES = 10_000
MAX_LABEL_LENGTH = 100
REFUSED_KEYS = {
    "auto_map": _("names program code of the repo; no code of a submission is ever run"),
    "quantization_config": _("asks for quantised loading, which is not evaluated yet"),
}


class Unacceptable(Fault):
    """The configuration breaks a rule; `rule` is its stable name."""

    def __init__(self, rule: str, said: Sentence):
        super().__init__(said)
        self.rule = rule


def read_json(file: File, ceiling: int) -> dict[str, Any]:
    """Return the one JSON object of a small file, in which no key comes twice."""
    if file.size > ceiling:
        said = {"path": file.path, "size": file.size, "most": ceiling}
        raise Unacceptable("size", _("{path} has {size:,} bytes; {most:,} are allowed.", **said))
    try:
        found = json.loads(file.head(ceiling + 1).decode(), object_pairs_hook=once)
    except Malformed as error:
        text = _("In {path} {fault}.", path=file.path, fault=error.said)
        raise Unacceptable("json", text) from None
    except (ValueError, RecursionError):
        raise Unacceptable("json", _("{path} is not JSON.", path=file.path)) from None
    if not isinstance(found, dict):
        raise Unacceptable("json", _("{path} is not a JSON object.", path=file.path))
    return found


def read(file: File) -> dict[str, Any]:
    """Return the configuration as uploaded; raises `Unacceptable` for what is never evaluated."""
    config = read_json(file, MAX_CONFIG_BYTES)
    for key, why in REFUSED_KEYS.items():
        if config.get(key):
            raise Unacceptable(
                key, _("The key {key} in {path} {why}.", key=key, path=file.path, why=why)
            )
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in architectures.ARCHITECTURES:
        known = ", ".join(architectures.ARCHITECTURES)
        said = {"kind": str(kind)[:40], "known": known}
        text = _("The model type {kind!r} is not evaluated here; {known} are.", **said)
        raise Unacceptable("model_type", text)
    return config


def classes(config: dict[str, Any]) -> tuple[int, dict[str, str] | None]:
    """Return the number of classes and their names, by number, where the model gives them."""
    names = config.get("id2label")
    if names is None:
        count = config.get("num_labels", 2)
        if type(count) is not int or not 1 <= count <= MAX_CLASSES:
            raise Unacceptable("labels", _("num_labels is not a number of classes."))
        return count, None
    good = isinstance(names, dict) and set(names) == {str(n) for n in range(len(names))}
    if not good or not 1 <= len(names) <= MAX_CLASSES:
        text = _("id2label does not number its labels from 0 without gaps.")
        raise Unacceptable("labels", text)
    if not all(isinstance(v, str) and 0 < len(v) <= MAX_LABEL_LENGTH for v in names.values()):
        text = _("A label is not a text of 1 to {most} letters.", most=MAX_LABEL_LENGTH)
        raise Unacceptable("labels", text)
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
