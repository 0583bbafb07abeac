"""Runs for programs."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from finetuning.evaluation import attesting, comparing, queueing, shown, states
from finetuning.evaluation.views import find, report_of
from portal import access
from portal.access import Actor
from portal.clock import db_now
from portal.errors import Unauthenticated


@extend_schema(summary="A run: state, progress, scores and report", responses=dict)
@api_view(["GET"])
def run(request: Request, uuid: UUID) -> Response:
    actor = Actor.of(request)
    found = find(actor, uuid)
    etag = queueing.etag(found, queueing.place(found, db_now()))
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return Response(status=304, headers=headers)
    report = report_of(found)
    facts = shown.run(found, report, comparing.shown(report, actor))
    return Response(facts, headers=headers)


@extend_schema(summary="Cancel a run", request=None, responses=dict)
@api_view(["POST"])
def cancel(request: Request, uuid: UUID) -> Response:
    actor = Actor.of(request)
    found = find(actor, uuid)
    access.require(actor, "write", found.submission.repo)
    if actor.person is None:
        raise Unauthenticated
    states.cancel(found, actor.person)
    return Response(shown.run(find(actor, uuid)))


class Token(serializers.Serializer):
    """`verifyToken` of a `.eval_results/*.yaml`."""

    token = serializers.CharField(max_length=attesting.LONGEST)


@extend_schema(
    summary="Check a verifyToken: what this portal signed", request=Token, responses=dict
)
@api_view(["POST"])
def verify(request: Request) -> Response:
    sent = Token(data=request.data)
    sent.is_valid(raise_exception=True)
    return Response({"verified": True, "claims": attesting.verified(sent.validated_data["token"])})
