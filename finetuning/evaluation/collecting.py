"""What a run reads: the accepted files of a revision, laid out as a folder for the sandbox."""

import contextlib
import json
import os
import shutil
from pathlib import Path

from finetuning.acceptance import Accepted, File
from models_registry.storage import store


def model_folder(accepted: Accepted, place: Path) -> Path:
    """Lay out config, tokenizer and weights; large files are links into the content store.

    config.json is ours, rewritten from bounded values; no other byte of JSON reaches a loader but
    the tokenizer's.
    """
    place.mkdir(mode=0o700)
    (place / "config.json").write_text(json.dumps(dict(accepted.config)))
    put(accepted.tokenizer, place / "tokenizer.json")
    for name, file in accepted.weights.items():
        put(file, place / name)
    if accepted.index is not None:
        index = {"metadata": {}, "weight_map": dict(accepted.index)}
        (place / "model.safetensors.index.json").write_text(json.dumps(index))
    return place


def put(file: File, target: Path) -> None:
    """Link the file from the content store, or copy it where that is another disk or a row."""
    path = store.path_of(file.sha256) if file.sha256 else None
    if path is not None:
        with contextlib.suppress(OSError):
            os.link(path, target)
            return
    with file.open() as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)
