"""The program's side: it asks, polls, and collects its access token once it was approved."""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from portal import tokens
from portal.clock import db_now
from portal.devices.models import DeviceLogin, LoginState, Renewal
from portal.devices.refusals import BadClient, BadGrant, Denied, Expired, Pending, SlowDown
from portal.errors import Refused
from portal.tokens import secret
from portal.tokens.models import AccessToken
from portal.tokens.room import TooManyTokens

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so no words; nothing that looks like a digit
CODE_LENGTH = 8  # of 20 letters: 34 bits, for 15 minutes, behind a rate limit
LIVES = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=1)  # what nobody collected
INTERVAL = 5  # seconds between two polls
GRACE = 1  # seconds that a poll may come early, since networks are not even
TOKEN_LIVES = dt.timedelta(days=30)
RENEWAL_LIVES = dt.timedelta(days=90)
LONGEST_CLIENT = 200


@dataclass(frozen=True)
class Grant:
    """What a program gets: two secrets, each shown this once."""

    token: AccessToken
    access: str
    renewal: str
    seconds: int


def ask(client: str) -> tuple[DeviceLogin, str]:
    """Let a program wait for somebody's approval; return its row and its device code.

    `client`: what it says of itself; nothing follows from it but what the person reads.
    """
    if not client or len(client) > LONGEST_CLIENT or not client.isprintable():
        raise BadClient
    now = db_now()
    DeviceLogin.objects.filter(expires_at__lt=now - KEPT).exclude(
        state=LoginState.COLLECTED
    ).delete()
    code = secrets.token_urlsafe(32)
    for _attempt in range(8):
        row = DeviceLogin(
            digest=secret.digest(code),
            user_code="".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)),
            client=client,
            asked_at=now,
            expires_at=now + LIVES,
            interval=INTERVAL,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # somebody else waits with these letters
            continue
        return row, code
    raise Refused


def collect(code: str) -> Grant:
    """Return the access token of an approved login, once; raises what the program shall do."""
    row = DeviceLogin.objects.filter(digest=secret.digest(code)).first()
    if row is None or row.state == LoginState.COLLECTED:
        raise BadGrant
    now = db_now()
    if row.state == LoginState.DENIED:
        raise Denied
    if now > row.expires_at:
        raise Expired
    if row.state == LoginState.WAITING:
        _wait(row, now)
    return _granted(row)


def _wait(row: DeviceLogin, now: dt.datetime) -> None:
    """Note that the program asked; one that asks too often waits longer from now on."""
    soonest = row.polled_at and row.polled_at + dt.timedelta(seconds=row.interval - GRACE)
    early = soonest is not None and now < soonest
    interval = min(row.interval + INTERVAL, 60) if early else row.interval
    DeviceLogin.objects.filter(pk=row.pk).update(polled_at=now, interval=interval)
    raise SlowDown if early else Pending


def _granted(row: DeviceLogin) -> Grant:
    person = row.person
    if person is None or not person.is_active:
        raise Denied
    approved = DeviceLogin.objects.filter(pk=row.pk, state=LoginState.APPROVED)
    try:
        with transaction.atomic():
            if approved.update(state=LoginState.COLLECTED) != 1:
                raise BadGrant  # another poll was faster
            ends = db_now() + TOKEN_LIVES
            token, access = tokens.issue(
                person, name=row.name, role=row.role, expires_at=ends, origin="device"
            )
            return granted(row, token, access)
    except TooManyTokens as refused:
        raise Denied(str(refused)) from refused


def granted(login: DeviceLogin, token: AccessToken, access: str) -> Grant:
    """Return a token with the renewal that follows it; runs in the transaction that made it."""
    renewal = secrets.token_urlsafe(48)
    Renewal.objects.create(
        digest=secret.digest(renewal),
        login=login,
        token=token,
        expires_at=token.created_at + RENEWAL_LIVES,
    )
    return Grant(token, access, renewal, int(TOKEN_LIVES.total_seconds()))
