"""Pages of rows, the newest first, each naming the address of the next."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from models_registry.hub_api.answers import json_answer, with_next
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import whole_number

PAGE, PAGE_AT_MOST = 100, 1000
BEYOND_ALL = 10**12

Rows = list[dict[str, Any]]


def page_of(
    request: HubRequest, rows: QuerySet[Any], told: Callable[[list[Any]], Rows]
) -> HttpResponse:
    """Answer one page of `rows`, which are ordered by `-pk`; `told`: how a page is written."""
    limit = whole_number(request, "limit", PAGE, PAGE_AT_MOST)
    before = whole_number(request, "before", BEYOND_ALL, BEYOND_ALL)
    found = list(rows.filter(pk__lt=before)[: limit + 1])
    page = found[:limit]
    response = json_answer(told(page))
    if len(found) > limit:
        return with_next(request, response, before=page[-1].pk, limit=limit)
    return response
