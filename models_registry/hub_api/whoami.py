"""`GET /api/whoami-v2`: who the token speaks for."""

from typing import Any

from django.http import HttpResponse

from models_registry.hub_api.answers import iso, json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import BadToken
from models_registry.hub_api.warnings import warn_of_agreements
from portal.organisations.models import Membership
from portal.tokens.models import AccessToken

ROLES_IN_HUB = {"owner": "admin", "maintainer": "write", "member": "read"}


def whoami(request: HubRequest) -> HttpResponse:
    person = request.person
    if person is None or request.access_token is None:
        raise BadToken
    warn_of_agreements(request)
    return json_answer(
        {
            "type": "user",
            "id": person.opaque,
            "name": person.username,
            "fullname": person.shown_name,
            "email": person.email,
            "emailVerified": True,
            "isPro": False,
            "canPay": False,
            "avatarUrl": "",
            "periodEnd": None,
            "orgs": [organisation(m) for m in person.memberships.select_related("organisation")],
            "auth": {"type": "access_token", "accessToken": token(request.access_token)},
        }
    )


def organisation(membership: Membership) -> dict[str, Any]:
    organisation = membership.organisation
    return {
        "type": "org",
        "id": organisation.opaque,
        "name": organisation.handle,
        "fullname": organisation.shown_name,
        "roleInOrg": ROLES_IN_HUB[membership.role],
        "isEnterprise": False,
        "avatarUrl": "",
    }


def token(access_token: AccessToken) -> dict[str, Any]:
    return {
        "displayName": access_token.name,
        "role": access_token.role,
        "createdAt": iso(access_token.created_at),
    }
