"""Requests told apart and routed on the raw, still-quoted path of the request line.

WSGI's `PATH_INFO` is already unquoted: `refs%2Fpr%2F1` and `refs/pr/1` look alike in it. gunicorn
gives the request target as `RAW_URI`, uwsgi and mod_wsgi as `REQUEST_URI`; wsgiref gives nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import ResolverMatch, get_resolver, set_urlconf
from django.utils.module_loading import import_string


def raw_path(environ: dict[str, Any]) -> str:
    """Return the request's path as the client wrote it, without the query; "" if unknown."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target.startswith("/"):  # the absolute form of a proxy request, or `*`
        parts = urlsplit(target)
        return parts.path if parts.scheme in ("http", "https") else ""
    return target.split("?", 1)[0].split("#", 1)[0]


class RawPathRequest(WSGIRequest):
    """A request whose `path` and `path_info` are still quoted; views unquote what they take."""

    urlconf: str

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self.path = self.path_info = raw_path(environ) or "/"


class RawPathHandler(WSGIHandler):
    """A second Django handler with its own addresses and its own short list of middleware.

    A middleware is a dotted name of `get_response -> callable`, outermost first; one with an
    attribute `process_exception` answers what a view raises.
    """

    def __init__(self, *, urlconf: str, middleware: Sequence[str]) -> None:
        self.names = middleware
        self.request_class = type("Request", (RawPathRequest,), {"urlconf": urlconf})
        super().__init__()

    def resolve_request(self, request: RawPathRequest) -> ResolverMatch:  # type: ignore[override]
        """Find the view in our own addresses, and leave `reverse()` to those of the pages."""
        request.resolver_match = get_resolver(request.urlconf).resolve(request.path_info)
        return request.resolver_match

    def _get_response(self, request: RawPathRequest) -> HttpResponse:
        try:
            return super()._get_response(request)  # type: ignore[misc]
        except Exception:
            set_urlconf(request.urlconf)  # the answers to 404 and 500 are our own
            raise

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Callable[..., Any]] = []
        self._template_response_middleware: list[Callable[..., Any]] = []
        self._exception_middleware: list[Callable[..., Any]] = []
        chain = convert_exception_to_response(self._get_response)  # type: ignore[arg-type]
        for name in reversed(self.names):
            link: Callable[..., HttpResponse] = import_string(name)(chain)
            if hasattr(link, "process_exception"):
                self._exception_middleware.append(link.process_exception)
            chain = convert_exception_to_response(link)
        self._middleware_chain = chain
