"""Headers that every answer of the protocol carries."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpResponse

from models_registry.hub_api import warnings
from models_registry.hub_api.asking import HubRequest

EXPOSED = (
    "X-Repo-Commit, X-Request-Id, X-Error-Code, X-Error-Message, X-Total-Count, ETag, Link, "
    "Accept-Ranges, Content-Range, X-Linked-Size, X-Linked-ETag, X-Xet-Hash, X-HF-Warning, "
    "RateLimit, RateLimit-Policy, Retry-After"
)
METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
REQUEST_HEADERS = (
    "Authorization, Content-Type, Accept, Range, If-None-Match, If-Range, X-Requested-With, "
    "X-Amzn-Trace-Id, X-HF-Download-Counter, X-HF-Bill-To, X-Xet-Session-Id"
)
TRACE_ID = re.compile(r"[A-Za-z0-9=;:._\-]{1,128}")


def request_id(request: HubRequest) -> str:
    """Return the id the client gave this request, or a new one if it gave none that is usable."""
    given = request.headers.get("X-Amzn-Trace-Id", "")
    return given if TRACE_ID.fullmatch(given) else uuid.uuid4().hex


def wire_headers(
    get_response: Callable[[HubRequest], HttpResponse],
) -> Callable[[HubRequest], HttpResponse]:
    """Middleware: request id, CORS without credentials, no sniffing; answers `OPTIONS` itself."""

    def middleware(request: HubRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = METHODS
            response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
            response["Access-Control-Max-Age"] = "86400"
        else:
            response = get_response(request)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            if request.method == "HEAD":
                response.content = b""
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        response["X-Request-Id"] = request_id(request)
        response["X-Content-Type-Options"] = "nosniff"
        if warning := warnings.header(request):
            response["X-HF-Warning"] = warning
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Vary", "Authorization")
        return response

    return middleware
