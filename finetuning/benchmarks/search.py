"""Benchmarks as findable things: one entry each, which leads to the leaderboard."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import Benchmark
from portal import search


def index_benchmark(benchmark: Benchmark) -> None:
    search.index_entry(entry_of(benchmark))


def entry_of(benchmark: Benchmark) -> search.Entry:
    words = [benchmark.slug.replace("-", " "), benchmark.task, benchmark.language]
    return search.Entry(
        kind="benchmark",
        id=str(benchmark.pk),
        title=benchmark.title,
        body=" ".join([*words, *benchmark.metrics, "leaderboard", benchmark.about]),
        url=benchmark.get_absolute_url(),
        excerpt=benchmark.about,
    )


def entries() -> Iterator[search.Entry]:
    return map(entry_of, Benchmark.objects.iterator(100))


search.contribute("benchmark", _("Leaderboards"), entries, icon="trophy")
