"""Changing a setting: by enactment of a vote, or by an operator's pin. Nothing else writes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal import events
from portal.clock import db_now
from portal.errors import Forbidden, Invalid, NotNow
from portal.policies import reading
from portal.policies.models import Act, PolicyValue
from portal.policies.registry import find

if TYPE_CHECKING:
    from portal.people.models import Person


def enact(values: Mapping[str, Any], *, cause: str, reason: str) -> list[PolicyValue]:
    """Put the values of an adopted proposal in force, all of them or none.

    Only governance's enactment calls this. `cause`: what decided, as `proposal:12`.
    Raises `UnknownPolicy`, `BadValue`.
    """
    if not cause:
        raise Invalid(_("An enactment names the decision that it carries out."))
    with transaction.atomic():
        return [
            _write(Act.ENACTED, name, find(name).checked(value), reason, cause=cause, by=None)
            for name, value in sorted(values.items())
        ]


def pin(name: str, value: Any, *, by: "Person | None", reason: str) -> PolicyValue:
    """Hold a setting at a value, whatever is enacted, until it is released.

    `by`: an operator; None for a command on the machine itself. `reason`: for everybody to read.
    """
    _operator(by, reason)
    with transaction.atomic():
        return _write(Act.PINNED, name, find(name).checked(value), reason, cause="operator", by=by)


def unpin(name: str, *, by: "Person | None", reason: str) -> PolicyValue:
    """Release a pin: what was enacted last, or the default, holds again."""
    _operator(by, reason)
    with transaction.atomic():
        reading.drop()
        if not reading.in_force(name).is_pinned:
            raise NotNow(_("This setting is not pinned."))
        return _write(Act.UNPINNED, name, None, reason, cause="operator", by=by)


def _operator(by: "Person | None", reason: str) -> None:
    if by is not None and not by.is_superuser:
        raise Forbidden
    if not reason.strip():
        raise Invalid(_("Say why, for everybody to read."))


def _write(
    act: Act, name: str, value: Any, reason: str, *, cause: str, by: "Person | None"
) -> PolicyValue:
    before = reading.in_force(name).value
    event = events.record(
        f"portal:policy:{act}",
        actor=by,
        subject=f"policy:{name}",
        body={"name": name, "before": before, "value": value, "reason": reason, "cause": cause},
    )
    row = PolicyValue.objects.create(
        name=name,
        act=act,
        value=value,
        reason=reason,
        cause=cause,
        by=by,
        event=event,
        set_at=db_now(),
    )
    reading.drop()
    return row
