"""Making the demo community, and taking it away again."""

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from portal import events, extensions, tokens
from portal.clock import db_now
from portal.demo import keys
from portal.demo.cast import GROUPS, PARTS, Cast, Group, Part
from portal.demo.public import refuse_public
from portal.organisations.models import Membership, Organisation
from portal.people.erasure import erase
from portal.people.handles import key_of
from portal.people.models import Namespace, Person
from portal.tokens.models import Reason, TokenRole

TOKENS_LIVE = dt.timedelta(hours=24)
ORIGIN = "demo"


def seed() -> dict[str, Any]:
    """Make what is missing of the demo and fresh tokens; return what a visitor needs to act."""
    refuse_public(seeding=True)
    secrets = keys.read_or_make()
    with transaction.atomic():
        cast = _make_cast(secrets)
        people = {name: _described(p, secrets[name]) for name, p in cast.people()}
    for module in extensions.modules("demo"):
        if hasattr(module, "seed"):
            module.seed(cast)
    return {
        "base_url": settings.PUBLIC_URL,
        "content_url": settings.CONTENT_URL,
        "people": people,
    }


def present() -> Cast | None:
    """Return the cast if all of it is there."""
    people: dict[str, Any] = {p.username: p for p in Person.objects.filter(is_demo=True)}
    groups: dict[str, Any] = {o.handle: o for o in Organisation.objects.filter(is_demo=True)}
    try:
        return Cast(
            **{name: people[part.handle] for name, part in PARTS.items()},
            **{name: groups[group.handle] for name, group in GROUPS.items()},
        )
    except KeyError:
        return None


def remove() -> int:
    """Take the demo away: its content, then its people. Return how many people there were."""
    cast = present()
    if cast is not None:
        for module in reversed(extensions.modules("demo")):
            if hasattr(module, "remove"):
                module.remove(cast)
    people = list(Person.objects.filter(is_demo=True))
    with transaction.atomic():
        Membership.objects.filter(organisation__is_demo=True).delete()
        for person in people:
            handle = person.username
            erase(person, by=None)
            Person.objects.filter(pk=person.pk).update(is_demo=False)
            _free(Namespace.objects.get(key=key_of(handle)))
        for organisation in Organisation.objects.filter(is_demo=True):
            _free(organisation.namespace, organisation)
    keys.forget()
    return len(people)


def _free(namespace: Namespace, organisation: Organisation | None = None) -> None:
    """Give a demo handle back, unless something real has come to stand on it."""
    try:
        with transaction.atomic():
            namespace.delete()
            if organisation is not None:
                organisation.delete()
    except (ProtectedError, IntegrityError):
        if organisation is not None:
            Organisation.objects.filter(pk=organisation.pk).update(is_demo=False)


def _make_cast(secrets: dict[str, dict[str, str]]) -> Cast:
    people: dict[str, Any] = {name: _person(part, secrets[name]) for name, part in PARTS.items()}
    groups: dict[str, Any] = {name: _group(group, people) for name, group in GROUPS.items()}
    return Cast(**people, **groups)


def _person(part: Part, secret: dict[str, str]) -> Person:
    """Return the person, made with a verified address and, where the part has one, a factor."""
    found = Person.objects.filter(username__iexact=part.handle, is_demo=True).first()
    if found is None:
        found = Person.objects.create_user(
            part.handle,
            email=f"{part.handle}@example.org",
            password=secret["password"],
            display_name=part.display_name,
            bio=part.bio,
            language=part.language,
            time_zone=part.time_zone,
            is_staff=part.is_staff,
            is_superuser=part.is_superuser,
            is_demo=True,
            age_ok_at=db_now(),
        )
        EmailAddress.objects.create(user=found, email=found.email, primary=True, verified=True)
        events.record(
            "portal:person:created",
            actor=found,
            subject=f"person:{found.opaque}",
            body={"origin": ORIGIN},
        )
    elif not found.check_password(secret["password"]):
        found.set_password(secret["password"])
        found.save(update_fields=["password"])
    _two_factor(found, secret["totp_secret"])
    return found


def _two_factor(person: Person, secret: str) -> None:
    has = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
    if secret and not has:
        TOTP.activate(person, secret)


def _group(group: Group, people: dict[str, Person]) -> Organisation:
    organisation, made = Organisation.objects.get_or_create(
        handle=group.handle,
        defaults={"display_name": group.display_name, "about": group.about, "is_demo": True},
    )
    if made:
        events.record(
            "portal:organisation:created",
            subject=f"organisation:{organisation.opaque}",
            body={"origin": ORIGIN},
        )
    if made or _was_left_behind(organisation):
        for role, names in group.members.items():
            for name in names:
                Membership.objects.create(organisation=organisation, person=people[name], role=role)
    return organisation


def _was_left_behind(organisation: Organisation) -> bool:
    """Take over what `remove` had to leave, as something real stands on it: nobody is in it.

    Every other organisation has an owner, always.
    """
    if Membership.objects.filter(organisation=organisation).exists():
        return False
    organisation.is_demo = True
    organisation.save(update_fields=["is_demo"])
    return True


def _described(person: Person, secret: dict[str, str]) -> dict[str, str | None]:
    """Return how to act as this person; the tokens of the call before are revoked."""
    tokens.revoke_all(person, because=Reason.DEMO, by=None, origin=ORIGIN)
    until = db_now() + TOKENS_LIVE
    issued = {
        role: tokens.issue(
            person, name=f"demo ({role})", role=role, expires_at=until, origin=ORIGIN
        )[1]
        for role in (TokenRole.READ, TokenRole.WRITE)
    }
    return {
        "username": person.username,
        "password": secret["password"],
        "email": person.email,
        "read_token": issued[TokenRole.READ],
        "write_token": issued[TokenRole.WRITE],
        "totp_secret": secret["totp_secret"] or None,
    }
