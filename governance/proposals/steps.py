"""Taking one step of the table: the state, its event and its row in the timeline, or nothing."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from governance.proposals import states
from governance.proposals.models import Proposal, ProposalStep
from portal import events
from portal.clock import db_now
from portal.errors import Conflict

if TYPE_CHECKING:
    from portal.people.models import Person


def take(
    proposal: Proposal,
    deed: str,
    *,
    by: "Person | None" = None,
    note: str = "",
    **fields: Any,
) -> ProposalStep:
    """Do `deed` to a proposal and write `fields` with it, by compare-and-set on its state.

    Raises `NotThisStep`, and `Conflict` if somebody else took a step first.
    """
    from governance import notices

    before, after = proposal.state, states.after(proposal.state, deed)
    with transaction.atomic():
        same = Proposal.objects.filter(pk=proposal.pk, state=before)
        if not same.update(state=after, **fields):
            raise Conflict
        proposal.refresh_from_db()
        event = events.record(
            f"governance:proposal:{deed}",
            actor=by,
            subject=f"proposal:{proposal.pk}",
            body={
                "before": before,
                "after": after.value,
                "revision": proposal.revision.sha256 if proposal.revision else "",
                "note": note,
            },
        )
        notices.step_taken(proposal, deed)
        return ProposalStep.objects.create(
            proposal=proposal,
            deed=deed,
            before=before,
            after=after,
            by=by,
            note=note,
            at=db_now(),
            event=event,
        )


def locked(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now, its row locked until the transaction ends.

    Of amendments that compete, the first one's row is locked before: whoever changes what concerns
    all of them holds it.
    """
    rows = Proposal.objects.select_for_update().order_by("pk")
    list(rows.filter(pk__in=[pk for pk in (proposal.rival_of_id, proposal.pk) if pk]))
    return Proposal.objects.select_related("revision__base", "author", "grant__person").get(
        pk=proposal.pk
    )
