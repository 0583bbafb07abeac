"""Refusals as the client reads them: `X-Error-Code`, `X-Error-Message`, and JSON in full UTF-8.

The client shows the header and the body, in this order of trust; the header is latin-1 on one
line, so it speaks English, and the body speaks the person's language. The table of codes and the
exceptions that they become is `hf_raise_for_status` of huggingface_hub.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from models_registry.hub_api.asking import HubRequest
from portal.errors import Missing, Refused, TooMany, Unauthenticated, for_full_disk

PLAIN = str.maketrans({"…": "...", "“": '"', "”": '"', "’": "'", "–": "-", "—": "-"})
BAD_TOKEN = "Invalid credentials in Authorization header"  # compared by the client, word by word


class BadToken(Unauthenticated):
    """The token is unknown, expired or revoked. The client compares the English text."""

    code = "InvalidToken"
    default = BAD_TOKEN  # type: ignore[assignment]


class RepoNotFound(Refused):
    """Missing, or hidden from this person: the two answer alike, byte for byte."""

    code = "RepoNotFound"

    def __init__(self, signed_in: bool) -> None:
        super().__init__(
            _("Repository not found") if signed_in else _("Invalid username or password.")
        )
        self.status = 404 if signed_in else 401


class NotImplementedHere(Refused):
    """A part of the Hub that this portal does not have."""

    status = 501
    code = "NotImplemented"
    default = _(
        "This portal keeps models and datasets only; it does not have this part of the Hub."
    )


class NoSuchRoute(Missing):
    code = "RouteNotFound"
    default = _("There is no such address in the Hub protocol of this portal.")


class WrongMethod(Refused):
    status = 405
    code = "MethodNotAllowed"
    default = _("This address does not take this method.")


def header_text(text: str) -> str:
    """Return `text` as one line of printable latin-1, at most 1,000 characters."""
    one_line = " ".join(text.translate(PLAIN).split())
    latin = one_line.encode("latin-1", "replace").decode("latin-1")[:1000]
    return "".join(character if character.isprintable() else "?" for character in latin)


def answer(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Return the response that makes the client raise the right exception with our sentence."""
    more: dict[str, Any] = refusal.context
    with override("en"):
        in_english = str(refusal.message)
    with override(getattr(getattr(request, "user", None), "language", "") or "en"):
        body = {"error": str(refusal.message)} | more.get("body", {})
    response = JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    response["X-Error-Code"] = header_text(refusal.code)
    response["X-Error-Message"] = header_text(in_english)
    response["Cache-Control"] = "no-store"
    for name, value in more.get("headers", {}).items():
        response[name] = value
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Commonhold", Bearer realm="Commonhold"'
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def refusals(get_response: Callable[[HubRequest], HttpResponse]) -> object:
    """Middleware: a `Refused` raised by a view becomes its answer."""

    class Middleware:
        def __call__(self, request: HubRequest) -> HttpResponse:
            return get_response(request)

        def process_exception(self, request: HubRequest, error: Exception) -> HttpResponse | None:
            refusal = error if isinstance(error, Refused) else for_full_disk(error)
            return answer(request, refusal) if refusal is not None else None

    return Middleware()


def not_found(request: HubRequest, exception: Exception) -> HttpResponse:
    return answer(request, NoSuchRoute())


def bad_request(request: HubRequest, exception: Exception) -> HttpResponse:
    return answer(request, Refused())


def server_error(request: HubRequest) -> HttpResponse:
    response = JsonResponse({"error": "The server made a mistake; it is logged."}, status=500)
    response["X-Error-Message"] = "The server made a mistake; it is logged."
    return response
