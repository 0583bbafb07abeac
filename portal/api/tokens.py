"""Access tokens. They are made and revoked in a session: a token makes no tokens."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import tokens
from portal.access import Actor, require
from portal.api.people import whoever_asks
from portal.api.serializers import LeakedToken, MadeToken, NewToken, TokenSerializer
from portal.api.throttling import LeakReportRate
from portal.errors import Missing
from portal.tokens.models import AccessToken, Reason
from portal.tokens.scopes import Scopes


class Tokens(APIView):
    @extend_schema(responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One's access tokens, newest first, without their secrets."""
        person = whoever_asks(request)
        require(Actor.of(request), "manage_tokens", person)
        found = AccessToken.objects.of(person)[:200]
        return Response(TokenSerializer(found, many=True).data)

    @extend_schema(request=NewToken, responses={201: MadeToken})
    def post(self, request: Request) -> Response:
        """Make a token. Its secret is in this answer and nowhere else."""
        person = whoever_asks(request)
        require(Actor.of(request), "manage_tokens", person)
        asked = NewToken(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        made, raw = tokens.issue(person, **(given | {"scopes": Scopes.of(given.get("scopes", {}))}))
        return Response(
            TokenSerializer(made).data | {"token": raw},
            status=status.HTTP_201_CREATED,
            headers={"Cache-Control": "no-store"},
        )


class OneToken(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, number: int) -> Response:
        """Revoke a token."""
        person = whoever_asks(request)
        token = AccessToken.objects.filter(pk=number).first()
        if token is None:
            raise Missing
        require(Actor.of(request), "revoke", token)
        tokens.revoke(token, because=Reason.OWNER, by=person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Leaked(APIView):
    authentication_classes = ()
    throttle_classes = (LeakReportRate,)

    @extend_schema(request=LeakedToken, responses={202: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Report a token found in the open: it is revoked. The answer is the same for any text."""
        asked = LeakedToken(data=request.data)
        asked.is_valid(raise_exception=True)
        tokens.report_leaked(asked.validated_data["token"])
        return Response(status=status.HTTP_202_ACCEPTED)
