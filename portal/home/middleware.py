"""Headers of every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse


def reporting_endpoints(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Say where `report-to csp` of the content policy leads."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Reporting-Endpoints"] = f'csp="{reverse("policy_report")}"'
        return response

    return middleware
