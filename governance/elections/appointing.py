"""What the committee decides together: appointments, and co-options to seats nobody won."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from governance.elections import calling, offices
from governance.elections.models import Appointment, Assent, Role, RoleGrant, Way
from governance.policies import APPOINTED_TERM
from portal import events
from portal.clock import db_now
from portal.errors import Conflict, Forbidden, Invalid
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person


class CommitteeOnly(Forbidden):
    code = "CommitteeOnly"
    default = _("Only members of the committee decide this.")


def propose(
    *, by: "Person", role: str, person: "Person", reasons: str, employer: str = ""
) -> Appointment:
    """Ask the committee to give somebody an office. Who proposes assents with it."""
    if not reasons.strip() or role not in Role.values:
        raise Invalid(_("Say why, for everybody to read."))
    _refuse_others(by)
    with transaction.atomic():
        _refuse_unfit(role, person, employer)
        made = Appointment.objects.create(
            role=role,
            person=person,
            by=by,
            employer=" ".join(employer.split())[:120],
            reasons=reasons.strip()[:4000],
            at=db_now(),
        )
        events.record(
            "governance:appointment:proposed",
            actor=by,
            subject=f"appointment:{made.pk}",
            body={"person": person.opaque, "role": role},
        )
        assent(made, by=by)
    made.refresh_from_db()
    return made


def assent(appointment: Appointment, *, by: "Person") -> None:
    """Assent to an appointment; with more than half of the committee the office is given."""
    _refuse_others(by)
    with transaction.atomic():
        held = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if held.grant_id is not None:
            return
        try:
            with transaction.atomic():
                Assent.objects.create(appointment=held, person=by, at=db_now())
        except IntegrityError:
            return
        events.record("governance:appointment:assented", actor=by, subject=f"appointment:{held.pk}")
        if enough(held):
            held.grant = _granted(held)
            held.save(update_fields=["grant"])


def enough(appointment: Appointment) -> bool:
    """Return whether more than half of those who sit in the committee now have assented."""
    sitting = [held.person_id for held in offices.committee()]
    return 2 * appointment.assents.filter(person__in=sitting).count() > len(sitting)


def _granted(appointment: Appointment) -> RoleGrant:
    _refuse_unfit(appointment.role, appointment.person, appointment.employer)
    co_opted, now = appointment.role == Role.COMMITTEE, db_now()
    return offices.grant(
        person=appointment.person,
        role=appointment.role,
        way=Way.CO_OPTED if co_opted else Way.APPOINTED,
        cause=f"appointment:{appointment.pk}",
        employer=appointment.employer,
        starts_at=now,
        ends_at=next_election() if co_opted else now + _term(),
    )


def next_election() -> dt.datetime:
    """Return until when somebody is co-opted: when the next term ends, or an election can."""
    ends = [held.ends_at for held in offices.committee() if held.way != Way.CO_OPTED]
    return max(min(ends, default=calling.horizon()), db_now() + dt.timedelta(days=1))


def _term() -> dt.timedelta:
    return dt.timedelta(days=value(APPOINTED_TERM.name))


def _refuse_others(person: "Person") -> None:
    if not offices.holds(person, Role.COMMITTEE):
        raise CommitteeOnly


def _refuse_unfit(role: str, person: "Person", employer: str) -> None:
    if offices.holds(person, role):
        raise Conflict(_("They hold this office already."))
    if role != Role.COMMITTEE:
        return
    calling.refuse_unfit(person)
    if not offices.vacancies():
        raise calling.NoSeatToFill
    if not offices.room_for(employer, offices.committee()):
        raise offices.EmployerFull
