"""A new access token for one that ends. Each renewal is good once; one used twice was copied."""

import datetime as dt

from django.db import transaction

from portal import tokens
from portal.clock import db_now
from portal.devices.asking import TOKEN_LIVES, Grant, granted
from portal.devices.models import DeviceLogin, Renewal
from portal.devices.refusals import BadGrant, Denied
from portal.tokens import secret
from portal.tokens.models import AccessToken, Reason
from portal.tokens.room import TooManyTokens

OVERLAP = dt.timedelta(hours=1)  # other programs of the machine still hold the token before


def renew(raw: str) -> Grant:
    """Return the next access token; `BadGrant` for what is unknown, over, revoked or used."""
    rows = Renewal.objects.select_related("login", "token__person")
    row = rows.filter(digest=secret.digest(raw)).first()
    if row is None or row.token.revoked_at is not None or not row.token.person.is_active:
        raise BadGrant
    if row.used_at is not None:
        _end(row.login)
        raise BadGrant
    if db_now() > row.expires_at:
        raise BadGrant
    try:
        return _renewed(row)
    except TooManyTokens as refused:
        raise Denied(str(refused)) from refused


@transaction.atomic
def _renewed(row: Renewal) -> Grant:
    now, old = db_now(), row.token
    if Renewal.objects.filter(pk=row.pk, used_at=None).update(used_at=now) != 1:
        raise BadGrant
    AccessToken.objects.filter(pk=old.pk, expires_at__gt=now + OVERLAP).update(
        expires_at=now + OVERLAP
    )
    token, access = tokens.issue(
        old.person, name=old.name, role=old.role, expires_at=now + TOKEN_LIVES, origin="device"
    )
    return granted(row.login, token, access)


def _end(login: DeviceLogin) -> None:
    """End everything that came of a login: two hold its renewal, and one of them is a thief."""
    held = AccessToken.objects.filter(renewals__login=login, revoked_at=None)
    for token in held:
        tokens.revoke(token, because=Reason.COPIED, by=None)
