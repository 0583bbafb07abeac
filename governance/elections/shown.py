"""Offices and elections as their pages and the API show them."""

from typing import TYPE_CHECKING, Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    prefetch_related_objects,
)
from django.utils.translation import gettext as _

from governance.elections.models import Appointment, Assent, Election, Role, RoleGrant
from governance.policies import COMMITTEE_SEATS
from portal.clock import DbNow
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person


def standing() -> dict[str, Any]:
    """Return each office with those who hold it, or will when a term begins; how many sit in the
    committee at this moment, and how many seats are vacant. One query, and one for the setting."""
    begun = ExpressionWrapper(Q(starts_at__lte=DbNow()), BooleanField())
    rows = list(
        RoleGrant.objects.not_over().annotate(begun=begun).select_related("person", "election")
    )
    sitting = sum(row.begun for row in rows if row.role == Role.COMMITTEE)
    return {
        "offices": [
            {"role": role, "label": role.label, "grants": [g for g in rows if g.role == role]}
            for role in Role
        ],
        "sitting": sitting,
        "vacancies": max(0, value(COMMITTEE_SEATS.name) - sitting),
    }


def open_appointments(person: "Person | None") -> list[dict[str, Any]]:
    """Return what the committee has not decided, and what `person` has assented to. One query."""
    mine = Assent.objects.filter(appointment=OuterRef("pk"), person=person)
    rows = Appointment.objects.filter(grant=None).annotate(
        number=Count("assents"), mine=Exists(mine)
    )
    return [
        {"appointment": row, "assents": row.number, "mine": row.mine}
        for row in rows.select_related("person", "by")
    ]


def phase(election: Election) -> dict[str, Any]:
    """Return what phase it is, what comes next, and when this one ends."""
    title, following = {
        "nominating": (
            _("Candidates are sought"),
            _("Then the list is closed and a secret vote opens."),
        ),
        "voting": (_("The vote"), _("Who is elected takes a seat when the count is certified.")),
        "seated": (_("The seats are taken"), ""),
        "failed": (
            _("Nobody was elected"),
            _("The committee can co-opt members until the next election."),
        ),
    }[election.state]
    ends = election.nominations_until if election.state == "nominating" else None
    if election.state == "voting" and election.poll is not None:
        ends = election.poll.certifies_at or election.poll.closes_at
    return {"title": title, "next": following, "kind": election.state_kind, "ends_at": ends}


def grant_record(grant: RoleGrant) -> dict[str, Any]:
    return {
        "number": grant.pk,
        "person": grant.person.username,
        "role": grant.role,
        "way": grant.way,
        "employer": grant.employer,
        "cause": grant.cause,
        "starts_at": grant.starts_at,
        "ends_at": grant.ends_at,
    }


def appointment_record(row: Appointment) -> dict[str, Any]:
    return {
        "number": row.pk,
        "person": row.person.username,
        "role": row.role,
        "by": row.by.username,
        "reasons": row.reasons,
        "assents": len(row.assents.all()),
        "office": row.grant_id,
        "at": row.at,
    }


def record(election: Election) -> dict[str, Any]:
    """Return an election as plain JSON, with who stands."""
    prefetch_related_objects([election], "candidacies__person")  # a list has done it for all
    return {
        "number": election.pk,
        "state": election.state,
        "seats": election.seats,
        "cause": election.cause,
        "called_at": election.called_at,
        "nominations_until": election.nominations_until,
        "poll": election.poll_id,
        "candidates": [
            {
                "option": row.key,
                "person": row.person.username,
                "employer": row.employer,
                "statement": row.statement,
            }
            for row in election.candidacies.all()
            if row.stands
        ],
    }
