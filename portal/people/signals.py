"""What allauth did to an account becomes an event. Which address or key it was stays erasable."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.dispatch import receiver

from portal import events
from portal.people.models import Person


def _record(action: str, person: Person, **details: Any) -> None:
    events.record(
        f"portal:person:{action}",
        actor=person,
        subject=f"person:{person.opaque}",
        details=details,
    )


@receiver(account.email_confirmed)
def email_confirmed(request: Any, email_address: Any, **kwargs: Any) -> None:
    _record("email-confirmed", email_address.user, email=email_address.email)


@receiver(account.email_added)
def email_added(request: Any, user: Person, email_address: Any, **kwargs: Any) -> None:
    _record("email-added", user, email=email_address.email)


@receiver(account.email_removed)
def email_removed(request: Any, user: Person, email_address: Any, **kwargs: Any) -> None:
    _record("email-removed", user, email=email_address.email)


@receiver(account.email_changed)
def email_changed(request: Any, user: Person, to_email_address: Any, **kwargs: Any) -> None:
    _record("email-changed", user, email=to_email_address.email)


@receiver([account.password_set, account.password_changed, account.password_reset])
def password_changed(request: Any, user: Person, **kwargs: Any) -> None:
    _record("password-changed", user)


@receiver(mfa.authenticator_added)
def factor_added(request: Any, user: Person, authenticator: Any, **kwargs: Any) -> None:
    _record("factor-added", user, type=authenticator.type)


@receiver(mfa.authenticator_removed)
def factor_removed(request: Any, user: Person, authenticator: Any, **kwargs: Any) -> None:
    _record("factor-removed", user, type=authenticator.type)


@receiver(mfa.authenticator_reset)
def factor_reset(request: Any, user: Person, authenticator: Any, **kwargs: Any) -> None:
    _record("factor-reset", user, type=authenticator.type)
