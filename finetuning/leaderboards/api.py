"""Leaderboards for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from finetuning.benchmarks.models import Benchmark
from finetuning.evaluation import shown
from finetuning.leaderboards import board
from finetuning.leaderboards.views import find


@extend_schema(operation_id="leaderboards_list", summary="Benchmarks", responses=dict)
@api_view(["GET"])
def boards(request: Request) -> Response:
    found = Benchmark.objects.all()
    return Response(
        {"benchmarks": [{"slug": b.slug, "title": b.title, "task": b.task} for b in found]}
    )


@extend_schema(summary="A leaderboard: the newest scored revision of each model", responses=dict)
@api_view(["GET"])
def leaderboard(request: Request, slug: str) -> Response:
    benchmark, version = find(slug)
    return Response(
        {
            "benchmark": benchmark.slug,
            "version": version.number,
            "headline": benchmark.headline.value,
            "data_sha256": version.data_sha256,
            "rows": [entry(row) for row in board.rows(version)],
        }
    )


def entry(row: board.Row) -> dict[str, Any]:
    submission = row.run.submission
    return {
        "rank": [row.first, row.last],
        "repo": submission.repo.full_name,
        "revision": submission.revision,
        "base": submission.shown_base or None,
        "parameters": row.run.parameters,
        "scores": [shown.score(score) for score in row.scores.values()],
        "run": str(row.run.uuid),
    }
