"""Who holds an office now: asked of the dates, never of a flag that a job would have to clear."""

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.elections.models import Election, ElectionState, Role, RoleGrant, Way
from governance.policies import COMMITTEE_SEATS, PER_EMPLOYER, TERMS_IN_A_ROW
from portal import events
from portal.clock import db_now
from portal.errors import Forbidden, Invalid, NotNow
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

GAP = dt.timedelta(days=90)  # two terms with less than this between them are in a row


class TooManyTerms(Forbidden):
    code = "TooManyTerms"
    default = _("Whoever has served the terms in a row that the settings allow pauses for one.")


class EmployerFull(Forbidden):
    code = "EmployerFull"
    default = _("This employer has as many people in the committee as the settings allow.")


def holds(person: "Person | None", *roles: str) -> bool:
    """Return whether somebody holds one of these offices at this moment."""
    if person is None:
        return False
    return RoleGrant.objects.in_force().filter(person=person, role__in=roles).exists()


def committee() -> "list[RoleGrant]":
    found = RoleGrant.objects.in_force().filter(role=Role.COMMITTEE)
    return list(found.select_related("person").order_by("ends_at", "pk"))


def vacancies(at: dt.datetime | None = None) -> int:
    """Return how many seats of the committee nobody holds, now or at a later moment."""
    rows = RoleGrant.objects.not_over().filter(role=Role.COMMITTEE)
    moment = at or db_now()
    held = rows.filter(starts_at__lte=moment, ends_at__gt=moment).count()
    return max(0, value(COMMITTEE_SEATS.name) - held)


def refuse_too_many_terms(person: "Person") -> None:
    """Raise `TooManyTerms` if another term would be one too many in a row."""
    served, before = 0, None
    rows = RoleGrant.objects.filter(
        person=person, role=Role.COMMITTEE, way=Way.ELECTED, revoked_at=None
    )
    for grant in rows.order_by("-ends_at"):
        following = before.starts_at if before else db_now()
        if following - grant.ends_at > GAP:
            break
        served, before = served + 1, grant
    if served >= value(TERMS_IN_A_ROW.name):
        raise TooManyTerms


def room_for(employer: str, held: "list[RoleGrant]") -> bool:
    """Return whether one more of this employer may join those who hold seats."""
    groups = Counter(grant.group for grant in held if grant.group)
    group = " ".join(employer.casefold().split())
    return not group or groups[group] < value(PER_EMPLOYER.name)


def grant(
    *,
    person: "Person",
    role: str,
    way: str,
    cause: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    election: Election | None = None,
    employer: str = "",
    by: "Person | None" = None,
) -> RoleGrant:
    """Give somebody an office until a moment. Call it inside the deed's transaction."""
    from governance import notices

    body = {
        "person": person.opaque,
        "role": role,
        "way": way,
        "cause": cause,
        "from": starts_at.isoformat(),
        "until": ends_at.isoformat(),
    }
    made = RoleGrant.objects.create(
        person=person,
        role=role,
        way=way,
        cause=cause,
        election=election,
        employer=employer,
        starts_at=starts_at,
        ends_at=ends_at,
        event=events.record("governance:role:granted", actor=by, subject=f"role:{role}", body=body),
    )
    notices.role_given(made)
    return made


def revoke(held: RoleGrant, *, why: str, by: "Person | None" = None) -> bool:
    """End a grant before its time; return whether it was still in force or to come."""
    with transaction.atomic():
        rows = RoleGrant.objects.not_over().filter(pk=held.pk)
        if not rows.update(revoked_at=db_now(), why_revoked=why[:200]):
            return False
        body = {"person": held.person.opaque, "role": held.role, "why": why[:200]}
        events.record("governance:role:revoked", actor=by, subject=f"role:{held.role}", body=body)
    return True


def resign(held: RoleGrant, *, by: "Person") -> None:
    """Give one's own office back. A seat in the committee goes to the next in the count."""
    from governance.elections import vacant

    if held.person_id != by.pk:
        raise Forbidden
    with transaction.atomic():
        if not revoke(held, why="resigned", by=by):
            raise NotNow
        vacant.fill(held)


def name_as_founder(*, by: "Person", person: "Person", role: str, reasons: str) -> RoleGrant:
    """Name an officer by a founder's recorded decision, while founding mode lasts."""
    from governance.norms import founding
    from governance.policies import APPOINTED_TERM
    from governance.refusals import FoundingOver

    if not reasons.strip() or role not in Role.values:
        raise Invalid(_("Say why, for everybody to read."))
    with transaction.atomic():
        if not founding.is_founding():
            raise FoundingOver
        decision = founding.decide(by=by, reasons=reasons, subject=f"role:{role}", deed="named")
        now = db_now()
        return grant(
            person=person,
            role=role,
            way=Way.FOUNDER,
            cause=f"founding:{decision.pk}",
            starts_at=now,
            ends_at=now + dt.timedelta(days=value(APPOINTED_TERM.name)),
            by=by,
        )


def under_way() -> Election | None:
    """Return the election that seeks candidates or is voted on, if there is one."""
    states = (ElectionState.NOMINATING, ElectionState.VOTING)
    return Election.objects.filter(state__in=states).select_related("poll").first()
