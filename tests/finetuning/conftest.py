"""Models, benchmarks and submissions for tests: all of them small, none of them fake."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from finetuning.benchmarks import formats
from tests.finetuning.models import tiny

if TYPE_CHECKING:
    from finetuning.benchmarks.models import BenchmarkVersion
    from finetuning.evaluation.models import EvaluationRun
    from models_registry.models import Repo
    from portal.people.models import Person

NER_LABELS = ("O", "B-group", "I-group", "B-person", "I-person")
LONG = 150  # words of the longest sentence: more than the tiny models see at once


def ner_text() -> str:
    """Return a small CoNLL file: sixty short sentences and one far past any tiny window."""
    short = "Ada\tB-person\nLovelace\tI-person\nvisited\tO\nAcme\tB-group\n.\tO\n\n"
    plain = "the\tO\nfilm\tO\nwas\tO\nnot\tO\nbad\tO\n.\tO\n\n"
    long = "".join("Ada\tB-person\n" if n % 10 == 0 else "the\tO\n" for n in range(LONG))
    odd = "\u200b\tO\nAcme\tB-group\nof\tI-group\nLondon\tI-group\n\n"
    return short * 30 + plain * 30 + long + "\n" + odd


@pytest.fixture(scope="session")
def ner_data() -> formats.Data:
    return formats.conll(ner_text())


@pytest.fixture(scope="session")
def ner_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("ner"), NER_LABELS)


@pytest.fixture(scope="session")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    return tiny(folder, ["negative", "positive"], task="text-classification")


@pytest.fixture
def changed_model(ner_model: Path, tmp_path: Path) -> Callable[..., Path]:
    """`changed_model(**tensors)` is the tiny model with some tensors filled with other values."""

    def changed(**tensors: list[float]) -> Path:
        import torch
        from safetensors.torch import load_file, save_file

        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        shutil.copytree(ner_model, folder, dirs_exist_ok=True)
        whole = load_file(folder / "model.safetensors")
        for name, values in tensors.items():
            key = name.replace("__", ".")
            whole[key] = torch.tensor(values).expand_as(whole[key]).contiguous()
        save_file(whole, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return changed


# --- a repo, a benchmark, and a queue worked off by hand ------------------------------------------
CARD = "---\nlicense: apache-2.0\nbase_model: acme/base\n---\n# A model\n"
Publish = Callable[..., "Repo"]
Submit = Callable[..., "EvaluationRun"]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    monkeypatch.setattr("portal.jobs.broker.revoke", lambda task_id: None)


@pytest.fixture
def publish(database: None) -> Publish:
    """`publish(person, folder)` makes a repo of `person` with the files of `folder`."""

    def published(
        person: "Person", folder: Path, *, name: str = "tiny", card: str = CARD, **options: object
    ) -> "Repo":
        from models_registry import repos, revisions
        from models_registry.quotas import charged_to
        from models_registry.storage import store
        from models_registry.storage.ownership import own

        repo = repos.create(person.namespace, name, by=person, **options)  # type: ignore[arg-type]
        operations: list[revisions.Operation] = [revisions.AddFile("README.md", card.encode())]
        for path in sorted(folder.iterdir()):
            if path.suffix == ".safetensors":
                with path.open("rb") as file:
                    content = store.receive(file)
                own(repo, content, by=person, charged=charged_to(repo, person))
                operations.append(revisions.AddLfs(path.name, content.sha256, content.size))
            elif path.name != "README.md":
                operations.append(revisions.AddFile(path.name, path.read_bytes()))
        revisions.commit(repo, author=person, operations=operations, summary="Upload")
        repo.refresh_from_db()
        return repo

    return published


@pytest.fixture
def define(database: None) -> Callable[..., "BenchmarkVersion"]:
    """`define(data, slug=...)` defines a benchmark."""

    def defined(data: formats.Data, *, slug: str = "tiny-ner", **terms: object):
        from finetuning.benchmarks import defining

        said = {"use": "redistributable", "licence": "CC0-1.0", "resamples": 200, "budget": 512}
        return defining.define(
            slug,
            title="Tiny",
            about="A benchmark for tests.",
            language="en",
            data=data,
            terms=defining.Terms(**(said | terms)),  # type: ignore[arg-type]
        )

    return defined


@pytest.fixture
def ner(define: Callable[..., "BenchmarkVersion"], ner_data: formats.Data) -> "BenchmarkVersion":
    return define(ner_data)


@pytest.fixture
def submit(database: None) -> Submit:
    """`submit(person, repo, version)` enters the repo's newest commit and returns its run."""

    def submitted(person: "Person", repo: "Repo", version: "BenchmarkVersion", **options: str):
        from finetuning.submissions import submitting
        from portal.access import Actor

        return submitting.submit(Actor(person), repo, version.benchmark, **options).run

    return submitted


@pytest.fixture
def work(database: None) -> Callable[[], int]:
    """Work off every queued job, as a worker would; return how many there were."""

    def worked() -> int:
        from portal.jobs import running
        from portal.jobs.models import Job

        count = 0
        while (job := Job.objects.filter(state="queued").order_by("pk").first()) is not None:
            running.execute(job.pk)
            job.refresh_from_db()
            assert job.state != "queued", job.error
            count += 1
        return count

    return worked
