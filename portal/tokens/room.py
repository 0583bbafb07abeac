"""Issuing, checking and revoking access tokens."""

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.clock import DbNow, db_now
from portal.errors import Conflict, Invalid
from portal.prepared import Prepared
from portal.tokens import secret
from portal.tokens.models import AccessToken, Reason, TokenRole
from portal.tokens.scopes import Scopes

if TYPE_CHECKING:
    from portal.people.models import Person

USE_WRITTEN_EVERY = dt.timedelta(minutes=10)
MOST = 100


# Asked at every request of every client, with the instant of the question.
STANDING = Prepared(
    lambda digest: (
        AccessToken.objects.select_related("person")
        .filter(digest=digest, revoked_at=None, person__is_active=True)
        .annotate(found_at=DbNow())[:1]
    ),
    digest=str,
)


class TooManyTokens(Conflict):
    code = "TooManyTokens"
    default = _("You have 100 access tokens already. Revoke those you do not need first.")


def issue(
    person: "Person",
    *,
    name: str,
    role: str,
    scopes: Scopes | None = None,
    expires_at: dt.datetime | None = None,
    origin: str = "settings",
) -> tuple[AccessToken, str]:
    """Make a token; return it with its secret, which nobody sees again.

    `role`: `read`, `write`, or `fineGrained` with `scopes`. `Invalid` for anything else.
    """
    if role not in TokenRole.values:
        raise Invalid(_("The role of a token is read, write or fineGrained."), code="InvalidRole")
    kept = (scopes or Scopes()).checked().stored() if role == TokenRole.FINE_GRAINED else {}
    now = db_now()
    if expires_at is not None and expires_at <= now:
        raise Invalid(_("The token would have expired already."), code="InvalidExpiry")
    raw = secret.generate()
    with transaction.atomic():
        if AccessToken.objects.live(now).filter(person=person).count() >= MOST:
            raise TooManyTokens
        token = AccessToken.objects.create(
            person=person,
            name=name,
            role=role,
            scopes=kept,
            digest=secret.digest(raw),
            hint=secret.hint(raw),
            origin=origin,
            created_at=now,
            expires_at=expires_at,
        )
        events.record(
            "portal:token:created",
            actor=person,
            subject=f"token:{token.pk}",
            body={"role": role, "origin": origin},
            details={"name": name, "scopes": kept},
        )
    return token, raw


def authenticate(raw: str) -> AccessToken | None:
    """Return the live token with this secret, or None. Its person may be suspended, not gone."""
    if not secret.is_well_formed(raw):
        return None
    token: Any = STANDING.first(digest=secret.digest(raw))
    if token is None or token.person.is_erased or not token.is_live(token.found_at):
        return None
    token.asked_at = token.found_at
    _note_use(token, token.asked_at)
    return cast("AccessToken", token)


def _note_use(token: AccessToken, now: dt.datetime) -> None:
    """Keep when the token was last used, at most every ten minutes."""
    stale = now - USE_WRITTEN_EVERY
    if token.last_used_at is not None and token.last_used_at > stale:
        return
    AccessToken.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=token.pk
    ).update(last_used_at=now)
    token.last_used_at = now


def revoke(token: AccessToken, *, because: str, by: "Person | None") -> bool:
    """End a token at once; return whether it was still standing."""
    with transaction.atomic():
        now = db_now()
        ended = AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=now, revoked_because=because
        )
        if ended:
            events.record(
                "portal:token:revoked",
                actor=by,
                subject=f"token:{token.pk}",
                body={"because": because},
            )
    token.refresh_from_db()
    return bool(ended)


def revoke_all(person: "Person", *, because: str, by: "Person | None", origin: str = "") -> int:
    """End every token of a person (of one origin, if given); return how many stood."""
    standing = AccessToken.objects.filter(person=person, revoked_at=None)
    if origin:
        standing = standing.filter(origin=origin)
    return sum(revoke(token, because=because, by=by) for token in standing)


def report_leaked(raw: str) -> None:
    """Revoke a token that somebody found. Says nothing, so that it answers no question.

    Whoever has the secret could do worse with it than revoke it.
    """
    raw = raw.strip()
    if not secret.is_well_formed(raw):
        return
    token = AccessToken.objects.select_related("person").filter(digest=secret.digest(raw)).first()
    if token is not None and revoke(token, because=Reason.LEAKED, by=None):
        _tell_owner(token)


def _tell_owner(token: AccessToken) -> None:
    from portal.tokens.notices import leaked

    leaked(token)
