"""The closed map from `model_type` and task to the library's own class. No code of an upload.

Never `AutoModel`, never `trust_remote_code`: what is not in this table is not loaded.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from finetuning.runners.channel import Fault

transformers.utils.logging.disable_progress_bar()
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
    """Return how many pieces of text fit beside `special` tokens; raises `Fault` for none."""
    positions: int = model.config.max_position_embeddings
    if model.config.model_type in OFFSET_POSITIONS:
        positions -= model.config.pad_token_id + 1
    left = min(window, positions) - special
    if left < 1:
        raise Fault("tokenizer", f"{special} special tokens leave no room for text")
    return left


class Narrowed:
    """Lets the last layer go on, behind its attention, with the positions that are read alone.

    From there on a model works on each position by itself: padding, the second pieces of words
    and, where a whole text has one answer, all but its first piece would be computed for nobody.
    The model's output is then [positions, 1, classes] for tags and [positions, classes] for texts.
    """

    def __init__(self, model: Any):
        self.device = model.device
        self.chosen = torch.empty(0, dtype=torch.long)
        self.handle = behind_attention(model).register_forward_pre_hook(self.narrow)

    def __enter__(self) -> "Narrowed":
        return self

    def __exit__(self, *ended: object) -> None:
        self.handle.remove()

    def to(self, positions: Sequence[Sequence[int]], width: int) -> None:
        """Choose what is read of each line of the next batch, whose lines are `width` long."""
        flat = [line * width + at for line, found in enumerate(positions) for at in found]
        self.chosen = torch.tensor(flat, dtype=torch.long, device=self.device)

    def narrow(self, module: Any, states: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return tuple(state.flatten(0, 1)[self.chosen][:, None] for state in states)


def behind_attention(model: Any) -> Any:
    """Return the module of the last layer that first sees each position by itself."""
    base = model.base_model
    last = (base.transformer if hasattr(base, "transformer") else base.encoder).layer[-1]
    return last.attention.output if hasattr(last.attention, "output") else last.sa_layer_norm
