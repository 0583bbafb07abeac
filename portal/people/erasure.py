"""Erasing a person: the row stays as a number without a name, the handle as a tombstone."""

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from portal import events
from portal.clock import db_now
from portal.people.models import Namespace, Person, Standing

if TYPE_CHECKING:
    from portal.people.models import Person as By


def erase(person: Person, *, by: "By | None") -> None:
    """Remove every personal detail of `person` and end every credential. It cannot be undone.

    What the person did stays, under the opaque id; erased twice is erased once.
    """
    from portal.tokens import revoke_all
    from portal.tokens.models import Reason

    with transaction.atomic():
        if person.is_erased:
            return
        revoke_all(person, because=Reason.ERASED, by=by)
        for model in (EmailAddress, Authenticator):
            model.objects.filter(user=person).delete()
        for session in UserSession.objects.filter(user=person):
            session.end()
        person.memberships.all().delete()
        person.invitations.all().delete()
        Namespace.objects.filter(person=person).update(person=None, released_at=db_now())
        _blank(person)
        events.record("portal:person:erased", actor=by, subject=f"person:{person.opaque}")


def _blank(person: Person) -> None:
    person.username = f"erased-{person.opaque}"
    person.email = f"{person.opaque}@erased.invalid"
    for field in ("display_name", "bio", "website", "language", "time_zone"):
        setattr(person, field, "")
    person.is_active = person.is_staff = person.is_superuser = False
    person.standing, person.standing_until, person.age_ok_at = Standing.ERASED, None, None
    person.last_login = None
    person.set_unusable_password()
    person.save()
