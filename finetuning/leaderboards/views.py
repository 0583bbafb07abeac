"""Leaderboards and what they are measured on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from finetuning.benchmarks import storage
from finetuning.benchmarks.models import Benchmark, BenchmarkVersion
from finetuning.leaderboards import board
from portal.errors import Missing

SAMPLES = 5


def find(slug: str) -> tuple[Benchmark, BenchmarkVersion]:
    """Return a benchmark and its newest version; raises `Missing`."""
    version = (
        BenchmarkVersion.objects.filter(benchmark__slug=slug)
        .select_related("benchmark")
        .order_by("-number")
        .first()
    )
    if version is None:
        raise Missing
    return version.benchmark, version


@require_safe
def boards(request: HttpRequest) -> HttpResponse:
    versions = BenchmarkVersion.objects.select_related("benchmark").order_by(
        "benchmark__title", "-number"
    )
    newest: dict[int, BenchmarkVersion] = {}
    for version in versions:
        newest.setdefault(version.benchmark_id, version)
    leaders = board.leaders(list(newest.values()))
    shown = [(version, leaders.get(version.pk)) for version in newest.values()]
    return render(request, "finetuning/boards.html", {"boards": shown})


@require_safe
def leaderboard(request: HttpRequest, slug: str) -> HttpResponse:
    found, version = find(slug)
    context = {"benchmark": found, "version": version, "rows": board.rows(version)}
    return render(request, "finetuning/leaderboard.html", context)


@require_safe
def benchmark(request: HttpRequest, slug: str) -> HttpResponse:
    found, version = find(slug)
    samples = storage.samples(version, SAMPLES) if version.shows_text else []
    context = {"benchmark": found, "version": version, "samples": samples}
    return render(request, "finetuning/benchmark.html", context)
