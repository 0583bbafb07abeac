"""Accounts: the deeds by which a person comes to be and changes."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.errors import Conflict, Invalid
from portal.people import handles
from portal.people.models import Person


class EmailTaken(Conflict):
    code = "EmailTaken"
    default = _("There is an account with this e-mail address already.")


def create(handle: str, *, email: str, password: str, **fields: Any) -> Person:
    """Make an account whose address counts as verified (operators and tests; not the sign-up)."""
    handles.check(handle)
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(_("This is not an e-mail address."), code="InvalidEmail") from error
    try:
        with transaction.atomic():
            person = Person.objects.create_user(handle, email=email, password=password, **fields)
            EmailAddress.objects.create(
                user=person, email=person.email, primary=True, verified=True
            )
            events.record(
                "portal:person:created",
                subject=f"person:{person.opaque}",
                body={"origin": "command", "staff": person.is_staff},
            )
    except IntegrityError as error:
        taken = handles.HandleTaken if handles.is_taken(handle) else EmailTaken
        raise taken from error
    return person
