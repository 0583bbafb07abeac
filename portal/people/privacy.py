"""Somebody's account in their archive. `people.erasure` forgets the rest of it."""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from portal.privacy import contribute
from portal.tokens.models import AccessToken

if TYPE_CHECKING:
    from portal.people.models import Person

PROFILE = ("username", "email", "opaque", "display_name", "bio", "website", "language", "time_zone")
MOMENTS = ("date_joined", "last_login", "age_ok_at", "standing", "standing_until")
TOKEN = (
    "name", "role", "scopes", "hint", "created_at", "expires_at", "last_used_at", "revoked_at",
    "revoked_because",
)  # fmt: skip


def export(person: "Person") -> dict[str, Any]:
    """Return profile, addresses, memberships, sessions; of tokens and factors never a secret."""
    memberships = person.memberships.values("organisation__handle", "role", "since")
    addresses = EmailAddress.objects.filter(user=person).values("email", "verified", "primary")
    factors = Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")
    sessions = UserSession.objects.filter(user=person)
    return {
        "profile": {name: getattr(person, name) for name in (*PROFILE, *MOMENTS)},
        "addresses": list(addresses),
        "organisations": list(memberships),
        "access_tokens": list(AccessToken.objects.of(person).values(*TOKEN)),
        "factors": list(factors),
        "sessions": list(sessions.values("ip", "user_agent", "created_at", "last_seen_at")),
    }


def erase(person: "Person") -> None:
    """Drop the names that the person gave to tokens; the rows stay, revoked."""
    AccessToken.objects.filter(person=person).update(name="")


contribute("account", export=export, erase=erase)
