"""Answers: JSON, absolute addresses, the next page's `Link`, and dispatch by method."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import WrongMethod, answer

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


def json_answer(value: object, status: int = 200) -> JsonResponse:
    return JsonResponse(value, status=status, safe=False, json_dumps_params={"ensure_ascii": False})


def iso(moment: datetime) -> str:
    """Return `2026-11-23T14:55:01.123Z`, the form the client parses."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def on_host_of(request: HttpRequest, base: str) -> str:
    """Return `base`, on the loopback name the client used if both are loopback names.

    `HF_ENDPOINT=http://127.0.0.1:8000` fails in the client's `RepoUrl` when it gets addresses of
    `localhost` back; any other Host header is never trusted.
    """
    wanted = request.META.get("HTTP_HOST", "").rpartition(":")[0] or "localhost"
    parts = urlsplit(base)
    known = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if known in LOOPBACK and wanted in LOOPBACK:
        return parts._replace(netloc=parts.netloc.replace(str(known), wanted, 1)).geturl()
    return base


def base_url(request: HttpRequest) -> str:
    return on_host_of(request, settings.PUBLIC_URL)


def content_url(request: HttpRequest, address: str) -> str:
    """Return an address on the transfer side under the loopback name the client used."""
    return on_host_of(request, address)


def repo_url(request: HubRequest, kind: str, repo_id: str) -> str:
    prefix = "datasets/" if kind == "dataset" else ""
    return f"{base_url(request)}/{prefix}{quote(repo_id)}"


def with_next(request: HubRequest, response: HttpResponse, **changed: Any) -> HttpResponse:
    """Add the `Link` to the next page: absolute, with all parameters; the client adds none."""
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = str(value)
    pairs = [(name, value) for name, values in query.lists() for value in values]
    response["Link"] = f'<{base_url(request)}{request.path}?{urlencode(pairs)}>; rel="next"'
    return response


def by_method(**views: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return a view that calls the view of the request's method; `HEAD` is answered as `GET`."""
    if "GET" in views:
        views.setdefault("HEAD", views["GET"])
    allowed = ", ".join(sorted(views))

    def view(request: HubRequest, **kwargs: Any) -> HttpResponseBase:
        chosen = views.get(request.method or "")
        if chosen is None:
            return answer(request, WrongMethod(headers={"Allow": allowed}))
        return chosen(request, **kwargs)

    return view
