"""Where to begin: the addresses of the API, and its description."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# What the root shows, by the name of the address; one that no app serves is left out.
ENTRANCES = {
    "me": "api_me",
    "people": "api_people",
    "organisations": "api_organisations",
    "tokens": "api_tokens",
    "agreements": "api_agreements",
    "submissions": "api-submissions",
    "leaderboards": "api-leaderboards",
    "norms": "api_norms",
    "settings": "api_norms_settings",
    "proposals": "api_proposals",
    "polls": "api_polls",
    "feedback": "api_feedback",
    "log": "api_log",
    "schema": "api_schema",
}


class Root(APIView):
    @extend_schema(responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        """The entrances of the API, each with its full address."""
        return Response({name: url for name, at in ENTRANCES.items() if (url := _address(at))})


class Schema(SpectacularJSONAPIView):
    """The OpenAPI 3 description of this API."""


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description as a page. (The usual viewers need styles that our CSP forbids.)"""
    described = SchemaGenerator().get_schema(request=None, public=True)
    operations = [
        {"path": path, "method": method.upper(), "text": operation.get("description", "")}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api/docs.html", {"operations": operations})


def _address(name: str) -> str:
    try:
        return settings.PUBLIC_URL + reverse(name)
    except NoReverseMatch:
        return ""
