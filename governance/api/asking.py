"""What every view of governance's API does alike: who asks, what was sent, a page of a list."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.shapes import Refusal
from portal.access import Actor
from portal.api.pagination import Pages
from portal.errors import Unauthenticated
from portal.people.models import Person

PAGING = [
    OpenApiParameter("page", int, description="Which page of the list; the next is in `Link`."),
    OpenApiParameter("limit", int, description="How many on a page, at most 100."),
]


def caller(request: Request) -> Person:
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person


def sent(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """Return what was sent, checked; a refusal names each field that is wrong."""
    said = serializer(data=data)
    said.is_valid(raise_exception=True)
    found: dict[str, Any] = said.validated_data
    return found


def listed(
    request: Request,
    rows: Any,
    shown: Callable[[Any], dict[str, Any]],
    prepare: Callable[[Any], None] = lambda _page: None,
) -> Response:
    """Answer one page of rows. `prepare` sees all rows of the page before `shown` sees each."""
    pages = Pages()
    page = pages.paginate_queryset(rows, request) or []
    prepare(page)
    return pages.get_paginated_response([shown(row) for row in page])


def described(
    method: str,
    summary: str,
    answer: Any,
    *,
    status: int = 200,
    asks: type[serializers.Serializer] | None = None,
    query: Iterable[Any] = (),
    name: str | None = None,
) -> Any:
    """Describe one method of a view: what it takes, what it answers, and how it refuses.

    `name` is its operation's, where the address does not give it one of its own.
    """
    refusal = OpenApiResponse(Refusal, description="Refused, with the reason; nothing changed.")
    return extend_schema(
        methods=[method],
        operation_id=name,
        summary=summary,
        request=asks,
        parameters=list(query),
        responses={status: answer, "4XX": refusal},
    )


def described_list(summary: str, row: type[serializers.Serializer], *query: Any) -> Any:
    """Describe a list that comes in pages."""
    return described("GET", summary, row(many=True), query=[*query, *PAGING])
