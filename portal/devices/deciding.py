"""The person's side, in a browser: which program waits, and whether it may in."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.clock import db_now
from portal.devices.asking import CODE_LENGTH, LETTERS
from portal.devices.models import DeviceLogin, LoginState
from portal.devices.refusals import NoSuchCode
from portal.errors import Invalid
from portal.people.models import Person
from portal.tokens.models import TokenRole

ROLES = (TokenRole.READ, TokenRole.WRITE)


def waiting(typed: str) -> DeviceLogin:
    """Return the program that waits with this code, in any case and spacing; `NoSuchCode`."""
    code = "".join(letter for letter in typed.upper()[:40] if letter.isalnum())
    if len(code) != CODE_LENGTH or not set(code) <= set(LETTERS):
        raise NoSuchCode
    rows = DeviceLogin.objects.filter(user_code=code, state=LoginState.WAITING)
    found = rows.filter(expires_at__gt=db_now()).first()
    if found is None:
        raise NoSuchCode
    return found


def approve(login: DeviceLogin, *, by: Person, name: str, role: str) -> None:
    """Let the program act for `by`, with an access token called `name`."""
    if role not in ROLES:
        raise Invalid(_("A program gets the right to read or to write."), code="InvalidRole")
    _decide(
        login, LoginState.APPROVED, by=by, name=name.strip()[:80] or default_name(by), role=role
    )


def deny(login: DeviceLogin, *, by: Person) -> None:
    _decide(login, LoginState.DENIED, by=by)


def default_name(person: Person) -> str:
    """Return what the Hub's client calls such a token too, in its own list."""
    return f"oauth-{person.username}"


@transaction.atomic
def _decide(login: DeviceLogin, state: str, *, by: Person, name: str = "", role: str = "") -> None:
    """Decide once: of two who answer at the same time, one did."""
    undecided = DeviceLogin.objects.filter(pk=login.pk, state=LoginState.WAITING)
    if undecided.update(state=state, person=by, name=name, role=role) != 1:
        raise NoSuchCode
    events.record(
        f"portal:device:{state}",
        actor=by,
        subject=f"device:{login.pk}",
        body={"role": role},
        details={"client": login.client, "name": name},
    )
