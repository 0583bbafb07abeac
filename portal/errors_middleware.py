"""One handler turns what went wrong into a page or a JSON envelope.

The envelope of every JSON answer that is not a success: `{"error": sentence, "code": Word}`, and
`fields` where single fields are wrong. What is hidden and what is missing answer alike.
"""

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from portal.errors import (
    Forbidden,
    Invalid,
    Missing,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
    for_full_disk,
)

SAFE = ("GET", "HEAD")
SERVER_FAULT = _("The server made a mistake. It is logged, and nothing was changed.")
NOT_ANSWERING = _(
    "The database does not answer at the moment. Nothing was changed; try again soon."
)
RETRY_SECONDS = 10


class ForgedForm(Forbidden):
    code = "ForgedForm"
    default = _(
        "This form did not come from a page of this site that is open in your browser, or the page "
        "is too old. Open the page again and repeat what you did; cookies must be allowed."
    )


class WrongMethod(Refused):
    status = 405
    code = "MethodNotAllowed"
    default = _("This address does not take this method.")


def answer_refusals(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Middleware: what a view raises, and a bare 405, become their answers."""

    class Middleware:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            response = get_response(request)
            if response.status_code == 405 and not response.streaming and not response.content:
                allowed = response.headers.get("Allow", "")
                response = answer(request, WrongMethod())
                response["Allow"] = allowed
            return response

        def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
            refusal = as_refusal(error)
            return answer(request, refusal) if refusal is not None else None

    return Middleware()


def as_refusal(error: Exception) -> Refused | None:
    """Return the refusal that an exception of Django's stands for; None for a fault of ours."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Http404):
        return Missing()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return Invalid()
    return for_full_disk(error)


def wants_json(request: HttpRequest) -> bool:
    """Return whether the caller is a program: an address of the API, or no taste for HTML."""
    if request.path.startswith("/api/"):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Return the page or the envelope for a refusal; a visitor who must sign in is sent there."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(
            envelope(refusal), status=refusal.status, json_dumps_params={"ensure_ascii": False}
        )
    elif request.method in SAFE and (place := _elsewhere(request, refusal)):
        response = HttpResponseRedirect(place)
    else:
        response = render(request, "refused.html", {"refusal": refusal}, status=refusal.status)
    response["Cache-Control"] = "no-store"
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _elsewhere(request: HttpRequest, refusal: Refused) -> str:
    """Return where a reader can do what is missing: sign in, or accept an agreement."""
    if isinstance(refusal, Unauthenticated):
        place = resolve_url(settings.LOGIN_URL)
    else:
        place = getattr(refusal, "location", "")
    if not place:
        return ""
    return place + ("&" if "?" in place else "?") + urlencode({"next": request.get_full_path()})


SAID = frozenset({"url", "fields", "scope", "sha256", "document", "version"})


def envelope(refusal: Refused) -> dict[str, object]:
    """Return the JSON of a refusal. `url`, `fields` and the like travel in its context."""
    said = {name: value for name, value in refusal.context.items() if name in SAID}
    return {"error": str(refusal), "code": refusal.code, **said}


# --- the REST API -------------------------------------------------------------------------------
def rest_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler: the same envelope for its own exceptions."""
    refusal = as_refusal(error)
    if refusal is not None:
        headers = {"Cache-Control": "no-store"}
        if isinstance(refusal, TooMany):
            headers["Retry-After"] = str(refusal.retry_after)
        if refusal.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="Commonhold"'
        return Response(envelope(refusal), status=refusal.status, headers=headers)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = _rest_envelope(error)
        response["Cache-Control"] = "no-store"
    return response


def _rest_envelope(error: exceptions.APIException) -> dict[str, object]:
    if isinstance(error, exceptions.ValidationError):
        return {"error": str(Invalid.default), "code": Invalid.code, "fields": error.detail}
    code = str(error.default_code).title().replace("_", "").replace("-", "")
    return {"error": str(error.detail), "code": code}


# --- handlers of the address table --------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, as_refusal(exception) or Invalid())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Missing())


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer who signs in, joins or resets too often; allauth counts."""
    return answer(request, TooMany())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, ForgedForm())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours with a page that needs neither the database nor the session."""
    sentence, code, status = SERVER_FAULT, "ServerFault", 500
    if _is_absence(sys.exc_info()[1]):
        sentence, code, status = NOT_ANSWERING, "NotAnswering", 503
    if wants_json(request):
        response: HttpResponse = JsonResponse({"error": str(sentence), "code": code}, status=status)
    else:
        said = {"sentence": sentence, "code": code, "status": status, "name": settings.SITE_NAME}
        response = HttpResponse(render_to_string("fault.html", said), status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_absence(error: BaseException | None) -> bool:
    """Return whether a database is away or busy; SQLite calls our own mistakes so as well."""
    return isinstance(error, OperationalError | InterfaceError) and "no such" not in str(error)
