"""The closed map from `model_type` and task to the library's own class. No code of an upload.

Never `AutoModel`, never `trust_remote_code`: what is not in this table is not loaded.
"""

import json
from pathlib import Path
from typing import Any

import torch
import transformers

from finetuning.runners.channel import Fault

transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
STEMS = {
    "bert": "Bert",
    "distilbert": "DistilBert",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
    "electra": "Electra",
}
HEADS = {
    "token-classification": "ForTokenClassification",
    "text-classification": "ForSequenceClassification",
}
# RoBERTa counts positions from the padding id onwards.
OFFSET_POSITIONS = {"roberta", "xlm-roberta"}


def load(folder: Path, task: str, device: torch.device) -> Any:
    """Load the model in fp32 and evaluation mode; raises `Fault` for what the weights lack."""
    description = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stem = STEMS[description["model_type"]]
    config = getattr(transformers, f"{stem}Config").from_dict(description)
    kind = getattr(transformers, stem + HEADS[task])
    model, found = kind.from_pretrained(
        folder,
        config=config,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        dtype=torch.float32,
        output_loading_info=True,
    )
    missing = sorted(found["missing_keys"]) + sorted(map(str, found["mismatched_keys"]))
    if missing:
        raise Fault("weights", f"the weights lack {', '.join(missing[:5])}")
    require_finite(model)
    return model.eval().to(device)


def require_finite(model: Any) -> None:
    for name, tensor in model.named_parameters():
        if not bool(torch.isfinite(tensor).all()):
            raise Fault("nan", f"the tensor {name} holds values that are not finite")


def room(model: Any, window: int, special: int) -> int:
    """Return how many pieces of text fit beside `special` tokens."""
    positions = model.config.max_position_embeddings
    if model.config.model_type in OFFSET_POSITIONS:
        positions -= model.config.pad_token_id + 1
    return min(window, positions) - special  # type: ignore[no-any-return]
