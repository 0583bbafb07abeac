"""The demo's first job: the board fills while the visitor looks."""

from functools import partial
from pathlib import Path
from typing import Any

from finetuning.benchmarks.models import BenchmarkVersion
from finetuning.demo import first_model as making
from finetuning.sandbox import Progress
from finetuning.submissions.submitting import submit
from portal import jobs
from portal.access import Actor
from portal.people.models import Person


@jobs.handler(queue="cpu", lease_seconds=90, max_attempts=2)
def first_model(job: jobs.Run) -> dict[str, Any] | None:
    """Train, publish and submit the demo's first fine-tune."""
    person = Person.objects.get(pk=job.payload["person"])
    version = BenchmarkVersion.objects.select_related("benchmark").get(pk=job.payload["version"])
    with making.workplace() as folder:
        trained = making.train(
            Path(folder),
            making.training_data(),
            progressed=partial(tell, job),
            check=job.check,
        )
        repo, oid = making.publish(person, trained)
    entered = submit(Actor(person), repo, version.benchmark, rev=oid)
    return {"run": str(entered.run.uuid)}


def tell(job: jobs.Run, progress: Progress) -> None:
    job.progress(progress.done, progress.total, progress.phase)
