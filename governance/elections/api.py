"""Elections and offices for programs: the same rooms as the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.elections import calling, offices, shown
from governance.elections.models import Election, RoleGrant
from governance.elections.views import load
from portal.access import Actor
from portal.api.pagination import Pages
from portal.errors import Unauthenticated
from portal.people.models import Person


class Standing(serializers.Serializer):
    """`employer` is disclosed; an empty one says that there is none."""

    employer = serializers.CharField(max_length=120, allow_blank=True)
    statement = serializers.CharField(max_length=5000)


def caller(request: Request) -> Person:
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person


@extend_schema(summary="Who holds which office until when", responses=dict)
@api_view(["GET"])
def all_offices(request: Request) -> Response:
    rows = RoleGrant.objects.not_over().select_related("person")
    held = [shown.grant_record(row) for row in rows]
    return Response({"vacancies": offices.vacancies(), "offices": held})


@extend_schema(summary="Elections, newest first", responses=dict)
@api_view(["GET"])
def elections(request: Request) -> Response:
    pages, rows = Pages(), Election.objects.prefetch_related("candidacies__person")
    page: Any = pages.paginate_queryset(rows, request) or []
    return pages.get_paginated_response([shown.record(row) for row in page])


@extend_schema(summary="One election and who stands in it", responses=dict)
@api_view(["GET"])
def election(request: Request, number: int) -> Response:
    return Response(shown.record(load(request, number)))


@extend_schema(summary="Stand as a candidate, or stand no more", request=Standing, responses=dict)
@api_view(["PUT", "DELETE"])
def candidacy(request: Request, number: int) -> Response:
    if request.method == "DELETE":
        calling.withdraw(load(request, number, "withdraw"), by=caller(request))
    else:
        said = Standing(data=request.data)
        said.is_valid(raise_exception=True)
        found = load(request, number, "stand")
        calling.stand(found, by=caller(request), **said.validated_data)
    return Response(shown.record(load(request, number)))
