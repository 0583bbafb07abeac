"""Feedback on benchmarks: they are found by their slug."""

from finetuning.benchmarks.models import Benchmark
from governance.feedback import targets
from governance.feedback.models import Target
from portal.people.models import Person


def find(slug: str, person: Person | None) -> str:
    return slug if Benchmark.objects.filter(slug=slug).exists() else ""


targets.provide(
    Target.BENCHMARK,
    find=find,
    keepers=targets.nobody,
    url=lambda slug: f"/leaderboards/{slug}/benchmark",
)
