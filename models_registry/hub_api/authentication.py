"""Who asks: an access token as `Bearer`, or as the password of `Basic` (git, git-lfs, curl -u).

Cookies and tokens in the query are never read here: a page of somebody else's cannot make a
browser speak the protocol in the visitor's name.
"""

import base64
import binascii
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse

from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import BadToken, answer
from portal import tokens


def secret_in(header: str) -> str:
    """Return the secret in an `Authorization` header; BadToken if there is none."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadToken from error
        return decoded.partition(":")[2]
    raise BadToken


def identify(request: HubRequest) -> None:
    """Set who asks; BadToken for a credential that is not one."""
    request.user, request.person, request.access_token = AnonymousUser(), None, None
    request.warnings = []
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return
    token = tokens.authenticate(secret_in(header))
    if token is None:
        raise BadToken
    request.user = request.person = token.person
    request.access_token = token


def credentials(
    get_response: Callable[[HubRequest], HttpResponse],
) -> Callable[[HubRequest], HttpResponse]:
    """Middleware: the person behind the credential, or the answer for one that is not valid."""

    def middleware(request: HubRequest) -> HttpResponse:
        try:
            identify(request)
        except BadToken as refusal:
            return answer(request, refusal)
        return get_response(request)

    return middleware
