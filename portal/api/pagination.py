"""Pages of a list: the list is the body, the next page is in `Link`, in full, as the Hub does."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


def absolute(address: str) -> str:
    """Return an address of a request on the public address of this portal, query included."""
    parts = urlsplit(address)
    return settings.PUBLIC_URL + parts.path + (f"?{parts.query}" if parts.query else "")


class Pages(PageNumberPagination):
    """`?page=` and `?limit=` (at most 100)."""

    page_size = 30
    page_size_query_param = "limit"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        links = [
            f'<{absolute(address)}>; rel="{name}"'
            for name, address in (
                ("next", self.get_next_link()),
                ("prev", self.get_previous_link()),
            )
            if address
        ]
        headers = {"X-Total-Count": str(self.page.paginator.count)}
        if links:
            headers["Link"] = ", ".join(links)
        return Response(data, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema
