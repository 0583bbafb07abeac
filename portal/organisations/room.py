"""What people do to organisations. Every change of who belongs goes through here."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.agreements import require_site_documents
from portal.clock import db_now
from portal.organisations.models import Invitation, Membership, Organisation, Role
from portal.organisations.refusals import (
    AlreadyThere,
    LastOwner,
    NobodyThere,
    NotAMember,
    OnlyOwnersAppoint,
    UnknownRole,
)
from portal.people import handles
from portal.people.models import Person, Standing

TEXTS = ("display_name", "about", "website")


def create(*, by: Person, handle: str, **texts: str) -> Organisation:
    """Make an organisation whose only owner is `by`."""
    require_site_documents(by)
    handles.check(handle)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(handle=handle, **texts)
            Membership.objects.create(organisation=organisation, person=by, role=Role.OWNER)
            _record("created", organisation, by=by)
    except IntegrityError as error:
        raise handles.HandleTaken from error
    return organisation


def update(organisation: Organisation, *, by: Person, **texts: str) -> None:
    """Change what the organisation says about itself."""
    changed = sorted(
        name
        for name in TEXTS
        if texts.get(name, getattr(organisation, name)) != getattr(organisation, name)
    )
    if not changed:
        return
    for name in changed:
        setattr(organisation, name, texts[name])
    with transaction.atomic():
        organisation.save(update_fields=changed)
        _record("changed", organisation, by=by, fields=changed)


def invite(organisation: Organisation, *, by: Person, handle: str, role: str) -> Invitation:
    """Offer somebody a role. A maintainer can offer membership only."""
    role = _role(role)
    person = _person(handle)
    with transaction.atomic():
        _lock(organisation)
        if role != Role.MEMBER and not _holds(organisation, by, Role.OWNER):
            raise OnlyOwnersAppoint
        if Membership.objects.filter(organisation=organisation, person=person).exists():
            raise AlreadyThere
        invitation, made = Invitation.objects.get_or_create(
            organisation=organisation,
            person=person,
            defaults={"role": role, "invited_by": by, "created_at": db_now()},
        )
        if not made:
            raise AlreadyThere
        _record("invited", organisation, by=by, person=person.opaque, role=role)
        _tell_invited(invitation)
    return invitation


def answer(organisation: Organisation, *, by: Person, join: bool) -> None:
    """Take up an invitation or turn it down; either way it is gone."""
    with transaction.atomic():
        _lock(organisation)
        invitation = Invitation.objects.filter(organisation=organisation, person=by).first()
        if invitation is None:
            raise NotAMember(_("There is no invitation for you here."))
        role = invitation.role
        invitation.delete()
        if join:
            Membership.objects.create(organisation=organisation, person=by, role=role)
        _record("joined" if join else "declined", organisation, by=by, role=role)


def withdraw_invitation(organisation: Organisation, *, by: Person, handle: str) -> None:
    """Take an invitation back."""
    person = _person(handle)
    with transaction.atomic():
        gone, _rows = Invitation.objects.filter(organisation=organisation, person=person).delete()
        if not gone:
            raise NotAMember
        _record("invitation-withdrawn", organisation, by=by, person=person.opaque)


def set_role(organisation: Organisation, *, by: Person, handle: str, role: str) -> None:
    """Give a member another role; the last owner stays owner."""
    role = _role(role)
    person = _person(handle)
    with transaction.atomic():
        _lock(organisation)
        membership = _membership(organisation, person)
        if membership.role == role:
            return
        membership.role = role
        membership.save(update_fields=["role"])
        _keep_an_owner(organisation)
        _record("role-changed", organisation, by=by, person=person.opaque, role=role)


def remove_member(organisation: Organisation, *, by: Person, handle: str) -> None:
    """End somebody's membership."""
    _end(organisation, _person(handle), by=by, action="member-removed")


def leave(organisation: Organisation, *, by: Person) -> None:
    """End one's own membership; the last owner cannot."""
    _end(organisation, by, by=by, action="left")


def _end(organisation: Organisation, person: Person, *, by: Person, action: str) -> None:
    with transaction.atomic():
        _lock(organisation)
        _membership(organisation, person).delete()
        _keep_an_owner(organisation)
        _record(action, organisation, by=by, person=person.opaque)


def _lock(organisation: Organisation) -> None:
    """One change of members at a time: a row lock on PostgreSQL, SQLite has one writer anyway."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _keep_an_owner(organisation: Organisation) -> None:
    if not Membership.objects.filter(organisation=organisation, role=Role.OWNER).exists():
        raise LastOwner


def _holds(organisation: Organisation, person: Person, role: str) -> bool:
    return Membership.objects.filter(organisation=organisation, person=person, role=role).exists()


def _membership(organisation: Organisation, person: Person) -> Membership:
    found = Membership.objects.filter(organisation=organisation, person=person).first()
    if found is None:
        raise NotAMember
    return found


def _person(handle: str) -> Person:
    found = Person.objects.filter(username__iexact=handle, is_active=True).first()
    if found is None or found.standing == Standing.ERASED:
        raise NobodyThere
    return found


def _role(role: str) -> str:
    if role not in Role.values:
        raise UnknownRole
    return role


def _record(action: str, organisation: Organisation, *, by: Person, **body: Any) -> None:
    events.record(
        f"portal:organisation:{action}",
        actor=by,
        subject=f"organisation:{organisation.opaque}",
        body=body,
    )


def _tell_invited(invitation: Invitation) -> None:
    from portal.organisations.notices import invited

    invited(invitation)
