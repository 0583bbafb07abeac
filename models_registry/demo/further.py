"""Train a sentence encoder a few steps further (unsupervised SimCSE) and keep it in bfloat16.

A script of its own, `further.py FOLDER ARCHIVE TARGET STEPS`: nothing that serves loads torch.
Method: T. Gao et al., "SimCSE" (EMNLP 2021). Sentences: newspaper editorials of VADER's ground
truth (C. Hutto and E. Gilbert, ICWSM 2014), read from the source archive (MIT).
"""

import sys
import tarfile
from io import BytesIO
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
FILE = "hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt"
BATCH, TEMPERATURE, LEARNING_RATE = 16, 0.05, 3e-5


def sentences(archive: Path, count: int) -> list[str]:
    with tarfile.open(archive) as outer:
        packed = outer.extractfile(INNER)
        assert packed is not None
        with tarfile.open(fileobj=BytesIO(packed.read())) as inner:
            lines = inner.extractfile(FILE)
            assert lines is not None
            text = lines.read().decode(errors="replace")
    return [line.split("\t")[2] for line in text.splitlines()[:count]]


def mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean of the hidden states (batch, words, size) over the words that are there."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)


def main(folder: Path, archive: Path, target: Path, steps: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    texts = sentences(archive, BATCH * steps)
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(
            texts[start : start + BATCH],
            padding=True,
            truncation=True,
            max_length=48,
            return_tensors="pt",
        )
        once, again = (
            functional.normalize(mean(model(**batch)[0], batch["attention_mask"]))
            for _reading in range(2)
        )
        loss = functional.cross_entropy(once @ again.T / TEMPERATURE, torch.arange(len(once)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    kept = {name: tensor.to(torch.bfloat16) for name, tensor in model.state_dict().items()}
    save_file(kept, target, metadata={"format": "pt"})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
