"""The first fine-tune of the demo: MiniLM trained on the benchmark's training part, for real."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from finetuning import sandbox
from finetuning.benchmarks import formats
from finetuning.benchmarks.formats import Data
from finetuning.demo import sentiment
from finetuning.evaluation import steps
from finetuning.sandbox import Progress
from models_registry import repos, revisions
from models_registry.models import Repo
from models_registry.models.repos import Gated, Kind, Visibility
from models_registry.quotas import charged_to
from models_registry.storage import store
from models_registry.storage.ownership import own
from portal.people.models import Person

NAME = "minilm-movie-sentiment"
TRAIN_ROWS = 3200
UPSTREAM = "sentence-transformers/all-MiniLM-L6-v2"
JOB = {
    "task": formats.TEXTS,
    "seed": 0,
    "epochs": 1,
    "batch": 32,
    "learning_rate": 5e-4,
    "max_length": 128,
    "threads": 1,
}
CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-classification
library_name: transformers
base_model: {base}
---
# MiniLM for film reviews

MiniLM-L6 fine-tuned for one epoch on {rows} sentences from film reviews (VADER ground truth, MIT),
to tell positive from negative. The test sentences of the benchmark *movie-sentiment* were not
among them.

Trained on one CPU thread: AdamW, learning rate 5e-4, batch 32, linear warm-up over a tenth.
"""


def training_data() -> Data:
    train, _test = sentiment.splits()
    return Data(train.task, train.items[:TRAIN_ROWS], train.gold[:TRAIN_ROWS], train.labels)


def train(
    folder: Path, data: Data, *, progressed: Callable[[Progress], None], check: Callable[[], None]
) -> Path:
    """Train in the sandbox; return the folder with weights, config and tokenizer."""
    base = Path(settings.ASSETS_DIR) / "minilm"
    items, gold = folder / "items.jsonl", folder / "gold.jsonl"
    items.write_bytes(formats.lines(data.items))
    gold.write_bytes(formats.lines(data.gold))
    job = JOB | {"labels": list(data.labels)}
    task = steps.train(folder, model=base, items=items, gold=gold, job=job)

    def cancelled() -> bool:
        check()
        return False

    outcome = sandbox.run(task, cancelled=cancelled, progressed=progressed)
    if not outcome.ok:
        raise RuntimeError(f"training ended as {outcome.ending}: {outcome.said[-500:]}")
    return folder


def base_name() -> str:
    """Return the open MiniLM of this portal, or its name upstream where there is none."""
    found = (
        Repo.objects.filter(
            kind=Kind.MODEL,
            visibility=Visibility.PUBLIC,
            gated=Gated.OPEN,
            created_by__is_demo=True,
            key__contains="minilm",
        )
        .exclude(name=NAME)
        .select_related("namespace")
        .order_by("pk")
        .first()
    )
    return found.full_name if found is not None else UPSTREAM


def publish(person: Person, folder: Path) -> tuple[Repo, str]:
    """Upload what was trained as a repo of `person`; return it and the commit."""
    key = f"{person.username}/{NAME}".lower()
    repo = Repo.objects.filter(kind=Kind.MODEL, key=key).select_related("namespace").first()
    if repo is None:
        repo = repos.create(person.namespace, NAME, by=person)
    with (folder / "model.safetensors").open("rb") as file:
        weights = store.receive(file)
    own(repo, weights, by=person, charged=charged_to(repo, person))
    tokenizer = Path(settings.ASSETS_DIR) / "minilm" / "tokenizer.json"
    card = CARD.format(base=base_name(), rows=TRAIN_ROWS)
    committed = revisions.commit(
        repo,
        author=person,
        operations=[
            revisions.AddLfs("model.safetensors", weights.sha256, weights.size),
            revisions.AddFile("config.json", (folder / "config.json").read_bytes()),
            revisions.AddFile("tokenizer.json", tokenizer.read_bytes()),
            revisions.AddFile("README.md", card.encode()),
        ],
        summary="Fine-tune MiniLM on film reviews",
    )
    repo.refresh_from_db()
    return repo, committed.oid


def workplace() -> tempfile.TemporaryDirectory:
    root = Path(settings.DATA_DIR) / "work"
    root.mkdir(mode=0o700, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=root, prefix="train-")
