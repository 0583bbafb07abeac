"""Access tokens at the REST API's door."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from portal import tokens
from portal.people.models import Person
from portal.tokens.models import AccessToken


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <access token>`; never read from the query, a form or a cookie."""

    def authenticate(self, request: Request) -> tuple[Person, AccessToken] | None:
        scheme, _space, value = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = tokens.authenticate(value.strip().decode("latin-1"))
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This access token is unknown, expired or revoked.")
            )
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Commonhold"'


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI description names this door."""

    target_class = BearerToken
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
