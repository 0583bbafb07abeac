"""`POST /oauth/device` and `/oauth/token`: how `hf auth login` gets and renews an access token.

Any program may ask, since nothing follows from its `client_id`; the person decides on the page
that the answer names. Refusals are told in OAuth's words (RFC 6749 5.2), with a sentence.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import override

from models_registry.hub_api.answers import base_url, json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import read_body
from portal import devices
from portal.clock import db_now
from portal.devices.asking import LONGEST_CLIENT, Grant
from portal.devices.refusals import BadClient, NotLetIn, UnknownGrant

FORM_LIMIT = 16 * 1024
FORM = "application/x-www-form-urlencoded"


def device(request: HubRequest) -> HttpResponse:
    """Give a program a code to poll with, and one for its person to type."""
    form = form_in(request)
    client = form.get("client_id", "")
    if not client:
        raise BadClient
    agent = request.headers.get("User-Agent", "") or client
    row, code = devices.ask(agent[:LONGEST_CLIENT])
    page = f"{base_url(request)}/oauth/device"
    return told(
        {
            "device_code": code,
            "user_code": row.shown_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={row.shown_code}",
            "interval": row.interval,
            "expires_in": int((row.expires_at - db_now()).total_seconds()),
        }
    )


def token(request: HubRequest) -> HttpResponse:
    """Answer a poll, or renew; `error` is the word that the program's next step hangs on."""
    try:
        form = form_in(request)
        deed, field = GRANTS.get(form.get("grant_type", ""), (None, ""))
        if deed is None:
            raise UnknownGrant
        return told(grant_json(deed(form.get(field, ""))))
    except NotLetIn as refused:
        with override("en"):
            said = {"error": refused.word, "error_description": str(refused.message)}
        return told(said, status=400)


GRANTS: dict[str, tuple[Callable[[str], Grant], str]] = {
    "urn:ietf:params:oauth:grant-type:device_code": (devices.collect, "device_code"),
    "refresh_token": (devices.renew, "refresh_token"),
}


def form_in(request: HubRequest) -> QueryDict:
    """Return the posted form; another kind of body is a kind of grant that is not here."""
    if (request.content_type or "").lower() != FORM:
        raise UnknownGrant
    return QueryDict(read_body(request, FORM_LIMIT), encoding="utf-8")


def grant_json(grant: Grant) -> dict[str, Any]:
    return {
        "access_token": grant.access,
        "refresh_token": grant.renewal,
        "expires_in": grant.seconds,
        "token_type": "bearer",
        "scope": grant.token.role,
    }


def told(answer: dict[str, Any], status: int = 200) -> HttpResponse:
    response = json_answer(answer, status=status)
    response["Cache-Control"] = "no-store"
    return response
