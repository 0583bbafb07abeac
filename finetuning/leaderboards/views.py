"""Leaderboards and what they are measured on."""

import csv

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


@require_safe
def table(request: HttpRequest, slug: str) -> HttpResponse:
    """The board as CSV, a row a model. JSON is at `/api/v1/leaderboards/<slug>`."""
    found, version = find(slug)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}.csv"'
    answer.headers["Cache-Control"] = "no-cache"
    metrics = [metric.value for metric in found.metrics]
    head = ["rank_first", "rank_last", "model", "revision", "base", "parameters"]
    write = csv.writer(answer).writerow
    write([*head, *(f"{metric}{end}" for metric in metrics for end in ("", "_low", "_high"))])
    for row in board.rows(version):
        write([*(plain(cell) for cell in cells(row)), *numbers(row, metrics)])
    return answer


def cells(row: board.Row) -> list[object]:
    submission = row.run.submission
    names = [submission.repo.full_name, submission.revision, submission.shown_base]
    return [row.first, row.last, *names, row.run.parameters]


def numbers(row: board.Row, metrics: list[str]) -> list[float]:
    found = [row.scores[metric] for metric in metrics]
    return [number for score in found for number in (score.value, score.low, score.high)]


def plain(cell: object) -> object:
    """Keep a spreadsheet from reading a member's text as a formula."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell
