"""What allauth did to an account becomes an event. Which address or key it was stays erasable.

Sign-ins, sign-outs and refused codes are fleeting events: the log does not say whose. A wrong
password is no event at all, since anybody could fill the log with them; a wrong code is, since it
takes the right password first, and allauth bounds how often.
"""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from portal import events
from portal.events import fleeting
from portal.people.adapter import SESSIONS_ENDED
from portal.people.models import Person, Standing

SIGNED_IN, SIGNED_OUT = "portal:person:signed-in", "portal:person:signed-out"
CODE_REFUSED = "portal:person:code-refused"
fleeting.declare(SIGNED_IN, SIGNED_OUT, SESSIONS_ENDED, CODE_REFUSED)


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


# allauth tells of factors after its commit; the rows themselves tell within it.
@receiver(post_save, sender=Authenticator)
def factor_added(instance: Authenticator, created: bool, raw: bool, **kwargs: Any) -> None:
    if created and not raw:
        _record("factor-added", instance.user, type=instance.type)


@receiver(post_delete, sender=Authenticator)
def factor_removed(instance: Authenticator, **kwargs: Any) -> None:
    _record("factor-removed", instance.user, type=instance.type)


@receiver(account.user_logged_in)
def signed_in(request: Any, user: Person, **kwargs: Any) -> None:
    fleeting.record(SIGNED_IN, user)


@receiver(user_logged_out)
def signed_out(request: Any, user: Person | None, **kwargs: Any) -> None:
    """Who erased their account is signed out too, and has nothing recorded any more."""
    if user is not None and not Person.objects.filter(pk=user.pk, standing=Standing.ERASED):
        fleeting.record(SIGNED_OUT, user)


@receiver(mfa.authentication_failed)
def code_refused(request: Any, user: Person, authenticator: Any, **kwargs: Any) -> None:
    fleeting.record(CODE_REFUSED, user, type=authenticator.type)
