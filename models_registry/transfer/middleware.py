"""What every answer of the transfer side carries. No cookie is read here and none is set.

Any page may read the answers: a signed address or a token is all that opens anything here, and a
page that has one could as well send it from elsewhere. Clients in browsers (huggingface.js) come
here from pages of their own, by way of a redirect, after which a browser names no origin at all.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from models_registry.hub_api.errors import answer
from models_registry.hub_api.wire import EXPOSED, METHODS, REQUEST_HEADERS
from portal.errors import Refused, for_full_disk


def sandboxed(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware: members' files run nothing, are sniffed for nothing and belong to no frame."""

    class Middleware:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            response = preflight() if request.method == "OPTIONS" else get_response(request)
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = EXPOSED
            response["X-Content-Type-Options"] = "nosniff"
            response["Content-Security-Policy"] = "default-src 'none'; sandbox"
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
            response["Referrer-Policy"] = "no-referrer"
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
            refusal = error if isinstance(error, Refused) else for_full_disk(error)
            return answer(request, refusal) if refusal is not None else None

    return Middleware()


def preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
    response["Access-Control-Max-Age"] = "86400"
    return response
