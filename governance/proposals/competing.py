"""Amendments that compete: alternatives to one another, decided between in one ranked vote.

Whoever wants something else than an open amendment does files an alternative to it. What has enough
supporters when deliberation ends stands in one vote, against the others and against all staying as
it is. The first amendment is what the others are rivals of; its row is held by whoever changes
something for all of them (`steps.locked`).
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.policies import DELIBERATION_DAYS
from governance.proposals import steps
from governance.proposals.models import Kind, Proposal, ProposalQuerySet, ProposalRevision
from governance.proposals.states import State
from portal import events
from portal.clock import DbNow, db_now
from portal.errors import Invalid
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

OPEN = (State.SEEKING, State.DELIBERATION)


def takes_rivals(proposal: Proposal) -> bool:
    return proposal.kind == Kind.AMENDMENT and proposal.state in OPEN


def first_of(proposal: Proposal) -> Proposal:
    """Return the amendment that an alternative to `proposal` is a rival of."""
    if not takes_rivals(proposal):
        raise Invalid(_("An alternative is filed to an amendment that is not voted on yet."))
    return proposal.rival_of or proposal


def refuse_unrelated(mine: ProposalRevision, other: ProposalRevision | None) -> None:
    """Two amendments compete only if one of them would change what the other changes."""
    if other is None or not (_touched(mine) & _touched(other)):
        raise Invalid(_("An alternative changes a clause or a setting that the other one changes."))


def _touched(revision: ProposalRevision) -> set[str]:
    return {*revision.touches, *revision.policies}


def others(proposal: Proposal) -> ProposalQuerySet:
    """Return what competes with a proposal, drafts not."""
    first = proposal.rival_of_id or proposal.pk
    group = Proposal.objects.filter(Q(pk=first) | Q(rival_of=first), submitted_at__isnull=False)
    return group.exclude(pk=proposal.pk)


def as_far_as(proposal: Proposal) -> Iterable[Proposal]:
    """Yield what competes with a proposal and has been deliberated to its end, each locked."""
    rows = others(proposal).filter(state=State.DELIBERATION, ends_at__lte=DbNow())
    for one in rows.order_by("pk"):
        held = steps.locked(one)
        if held.state == State.DELIBERATION:
            yield held


def wait(proposal: Proposal, *, by: "Person | None" = None) -> None:
    """Let what it competes with wait for its deliberation, so that one vote decides.

    Only while the earliest of the others is in its own first days of deliberation: alternatives can
    put off a vote by that time once, not for ever. Call it with the proposal locked, in its
    transaction.
    """
    open_ones = list(others(proposal).filter(state=State.DELIBERATION).order_by("pk"))
    begun = [one.deliberation_at for one in open_ones if one.deliberation_at is not None]
    days = dt.timedelta(days=value(DELIBERATION_DAYS.name))
    if proposal.ends_at is None or not begun or min(begun) <= db_now() - days:
        return
    waiting = [one for one in open_ones if one.ends_at is None or one.ends_at < proposal.ends_at]
    for one in waiting:
        same = Proposal.objects.filter(pk=one.pk, state=State.DELIBERATION)
        if same.update(ends_at=proposal.ends_at):
            events.record(
                "governance:proposal:waits",
                actor=by,
                subject=f"proposal:{one.pk}",
                body={"for": proposal.pk, "until": proposal.ends_at.isoformat()},
            )
