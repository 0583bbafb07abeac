"""Submissions for programs."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from finetuning.benchmarks.models import Benchmark
from finetuning.evaluation import shown
from finetuning.submissions.models import Submission
from finetuning.submissions.views import entered, find
from portal.access import Actor
from portal.errors import Unauthenticated

PAGE = 50


class Submitting(serializers.Serializer):
    """What is entered: a model as `owner/name`, a benchmark's slug, a revision, a base model."""

    repo = serializers.CharField(max_length=193)
    benchmark = serializers.SlugRelatedField("slug", queryset=Benchmark.objects.all())
    revision = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    base = serializers.CharField(max_length=193, required=False, default="", allow_blank=True)


@extend_schema(
    methods=["GET"],
    operation_id="submissions_list",
    summary="Newest submissions",
    parameters=[OpenApiParameter("repo", str, description="Of this model only: `owner/name`.")],
    responses=dict,
)
@extend_schema(methods=["POST"], summary="Enter a model", request=Submitting, responses=dict)
@api_view(["GET", "POST"])
def submissions(request: Request) -> Response:
    actor = Actor.of(request)
    if request.method == "POST":
        return enter(actor, request)
    found = Submission.objects.visible_to(actor).for_pages()
    repo = request.query_params.get("repo", "")
    if repo:
        found = found.filter(repo__key=repo.lower())
    return Response({"submissions": [shown.submission(one) for one in found[:PAGE]]})


def enter(actor: Actor, request: Request) -> Response:
    if actor.person is None:
        raise Unauthenticated
    sent = Submitting(data=request.data)
    sent.is_valid(raise_exception=True)
    result = entered(actor, sent.validated_data)
    return Response(shown.run(result.run), status=201 if result.fresh else 200)


@extend_schema(summary="A submission and its runs", responses=dict)
@api_view(["GET"])
def submission(request: Request, uuid: UUID) -> Response:
    found = find(Actor.of(request), uuid)
    runs = [{"id": str(run.uuid), "state": run.state} for run in found.runs.all()]
    return Response(shown.submission(found) | {"runs": runs})
