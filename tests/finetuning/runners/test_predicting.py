"""What the runner answers is what the library's own class answers for each row by itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from finetuning.runners import native, predict
from finetuning.runners.tokenizer import Tokenizer
from tests.finetuning.models import SIZES, tiny

LABELS = ["O", "B-person", "I-person"]
TEXTS = ["ada lovelace visited london", "a good film", "dull", "the film was not bad , never ."]
JOB = {"budget": 64, "window": 512}


def alone(model, tokenizer: Tokenizer, ids: list[int]) -> np.ndarray:
    """Return the logits of one row, unpadded and with nothing left out."""
    whole = torch.tensor([tokenizer.before + ids + tokenizer.after])
    with torch.inference_mode():
        found: np.ndarray = model(input_ids=whole).logits[0].numpy()
    return found


@pytest.mark.parametrize("model_type", SIZES)
def test_tags_equal_the_librarys(model_type: str, tmp_path: Path) -> None:
    """Batched, padded, and past the attention of the last layer for the pieces read alone."""
    task = "token-classification"
    folder = tiny(tmp_path, LABELS, task=task, model_type=model_type)
    model, tokenizer = native.load(folder, task, torch.device("cpu")), Tokenizer(folder)
    rows = [{"words": text.split()} for text in TEXTS]
    found, _ = predict.tags(model, tokenizer, rows, JOB, lambda *_: None)
    wanted: list[int] = []
    for row in tokenizer.encode([row["words"] for row in rows], split=True):
        best = alone(model, tokenizer, row.ids).argmax(-1)
        firsts = {word: at for at, word in reversed(list(enumerate(row.words)))}
        wanted += [best[len(tokenizer.before) + at] for _, at in sorted(firsts.items())]
    assert found.tolist() == wanted


@pytest.mark.parametrize("model_type", SIZES)
def test_logits_equal_the_librarys(model_type: str, tmp_path: Path) -> None:
    task = "text-classification"
    folder = tiny(tmp_path, LABELS, task=task, model_type=model_type)
    model, tokenizer = native.load(folder, task, torch.device("cpu")), Tokenizer(folder)
    found, _ = predict.classes(model, tokenizer, [{"text": t} for t in TEXTS], JOB, lambda *_: None)
    encoded = tokenizer.encode(TEXTS, split=False)
    wanted = np.stack([alone(model, tokenizer, row.ids) for row in encoded])
    assert np.allclose(found, wanted, rtol=0, atol=1e-6)
    again = alone(model, tokenizer, encoded[0].ids)  # the model itself is as it was
    assert np.array_equal(again, wanted[0])
