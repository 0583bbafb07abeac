"""Writing proposals: the draft, its wordings, and taking it back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance import norms
from governance.elections.models import RoleGrant, Way
from governance.norms.clauses import Change
from governance.policies import DELIBERATION_DAYS, SUPPORT_DAYS
from governance.proposals import competing, steps, wording
from governance.proposals.models import CoAuthor, Kind, Proposal, ProposalRevision, ProposalStep
from governance.proposals.states import NotThisStep, State, after, can
from portal import events, search
from portal.clock import db_now
from portal.errors import Invalid
from portal.policies import value

if TYPE_CHECKING:
    from governance.feedback.models import FeedbackThread
    from portal.people.models import Person

ABOUT_PEOPLE = (Kind.RECALL, Kind.RATIFICATION)


def draft(
    *,
    by: "Person",
    title: str,
    reasons: str,
    patch: Sequence[Change] = (),
    values: Mapping[str, Any] | None = None,
    kind: str = Kind.AMENDMENT,
    feedback: "FeedbackThread | None" = None,
    grant: "RoleGrant | None" = None,
    rival_of: Proposal | None = None,
) -> Proposal:
    """Make a draft against the norms in force; only its authors see it.

    `grant`: whose office a recall would end, or a ratification keep. `rival_of`: an open amendment
    to which this is an alternative.
    """
    _refuse_grant(kind, grant)
    if rival_of is not None and kind != Kind.AMENDMENT:
        raise Invalid(_("Only an amendment is an alternative to another one."))
    first = competing.first_of(rival_of) if rival_of else None
    with transaction.atomic():
        proposal = Proposal.objects.create(
            author=by,
            kind=kind,
            feedback=feedback,
            grant=grant,
            rival_of=first,
            created_at=db_now(),
        )
        proposal.revision = _write(proposal, by, title, reasons, patch, values or {})
        if rival_of is not None:
            competing.refuse_unrelated(proposal.revision, rival_of.revision)
        proposal.save(update_fields=["revision"])
        event = events.record(
            "governance:proposal:drafted",
            actor=by,
            subject=f"proposal:{proposal.pk}",
            body={"rival_of": first.pk} if first else {},
        )
        ProposalStep.objects.create(
            proposal=proposal, deed="draft", after=State.DRAFT, by=by, at=db_now(), event=event
        )
    return proposal


def _refuse_grant(kind: str, grant: "RoleGrant | None") -> None:
    """A recall or ratification is about one office that is not over; other kinds about none."""
    if (kind in ABOUT_PEOPLE) != (grant is not None):
        raise Invalid(_("A recall or a ratification names somebody's office; nothing else does."))
    if grant is not None and not RoleGrant.objects.not_over().filter(pk=grant.pk).exists():
        raise Invalid(_("This term is over."))
    if kind == Kind.RATIFICATION and grant is not None and grant.way == Way.ELECTED:
        raise Invalid(_("Whoever was elected needs no ratification."))


def revise(
    proposal: Proposal,
    *,
    by: "Person",
    title: str,
    reasons: str,
    patch: Sequence[Change] = (),
    values: Mapping[str, Any] | None = None,
) -> ProposalRevision:
    """Give a proposal a new wording, against the norms in force. It voids all support.

    In deliberation the days of deliberation begin again; a proposal in conflict returns to it.
    From the freezing on it is refused, and that somebody tried is in the log.
    """
    refuse_frozen(proposal, by=by)
    with transaction.atomic():
        proposal = steps.locked(proposal)
        following = after(proposal.state, "revise")
        revision = _write(proposal, by, title, reasons, patch, values or {})
        fields: dict[str, Any] = {"revision": revision}
        if following == State.DELIBERATION:
            fields |= deliberation_from_now()
        steps.take(proposal, "revise", by=by, **fields)
        if following == State.DELIBERATION:
            competing.wait(proposal, by=by)
        _let_find(proposal)
    return revision


def refuse_frozen(proposal: Proposal, *, by: "Person") -> None:
    """Raise `NotThisStep` if the text can be edited no more, and leave an event of the attempt."""
    now = Proposal.objects.get(pk=proposal.pk).state
    if not can(now, "revise"):
        events.record(
            "governance:proposal:edit-refused",
            actor=by,
            subject=f"proposal:{proposal.pk}",
            body={"state": now},
        )
        raise NotThisStep(now)


def deliberation_from_now() -> dict[str, Any]:
    now = db_now()
    days = value(DELIBERATION_DAYS.name)
    return {"deliberation_at": now, "ends_at": now + dt.timedelta(days=days)}


def submit(proposal: Proposal, *, by: "Person") -> None:
    """Let everybody see it, and look for supporters."""
    with transaction.atomic():
        proposal = steps.locked(proposal)
        _refuse_stale(proposal)
        now = db_now()
        ends = now + dt.timedelta(days=value(SUPPORT_DAYS.name))
        steps.take(proposal, "submit", by=by, ends_at=ends, submitted_at=now)
        _link_feedback(proposal)
        _let_find(proposal)


def withdraw(proposal: Proposal, *, by: "Person") -> None:
    """Take it back before the vote. It cannot be undone."""
    steps.take(steps_row(proposal), "withdraw", by=by, ends_at=None)


def steps_row(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_related("revision").get(pk=proposal.pk)


def add_coauthor(proposal: Proposal, *, by: "Person", person: "Person") -> None:
    """Let somebody write along, while it is a draft or seeks support."""
    with transaction.atomic():
        proposal = steps.locked(proposal)
        if proposal.state not in (State.DRAFT, State.SEEKING):
            raise steps.states.NotThisStep(proposal.state)
        _row, made = CoAuthor.objects.get_or_create(proposal=proposal, person=person)
        if made:
            events.record(
                "governance:proposal:coauthor-added",
                actor=by,
                subject=f"proposal:{proposal.pk}",
                body={"person": person.opaque},
            )


def wording_of(revision: ProposalRevision) -> wording.Wording:
    return wording.Wording(tuple(revision.changes()), revision.policies)


def _let_find(proposal: Proposal) -> None:
    from governance.search import proposal_entry

    if proposal.submitted_at is not None:
        search.index_entry(proposal_entry(proposal))


def _write(
    proposal: Proposal,
    by: "Person",
    title: str,
    reasons: str,
    patch: Sequence[Change],
    values: Mapping[str, Any],
) -> ProposalRevision:
    title, reasons = " ".join(title.split()), reasons.strip()
    if not title or not reasons or len(title) > 160 or len(reasons) > 10_000:
        raise Invalid(_("A proposal needs a title and reasons."))
    base = norms.current()
    if proposal.kind not in (Kind.AMENDMENT, Kind.OPERATIONAL) and (patch or values):
        raise Invalid(_("A proposal of this kind changes no clause and no setting."))
    said = wording.checked(base, patch, values, may_be_empty=proposal.kind != Kind.AMENDMENT)
    last = proposal.revisions.order_by("-number").first()
    revision = ProposalRevision(
        proposal=proposal,
        number=last.number + 1 if last else 1,
        base=base,
        title=title,
        reasons=reasons,
        language=(by.language or "en")[:2],
        patch=[change.record() for change in said.patch],
        policies=dict(said.policies),
        by=by,
        created_at=db_now(),
    )
    revision.sha256 = revision.digest()
    revision.save(force_insert=True)
    return revision


def _refuse_stale(proposal: Proposal) -> None:
    """A draft that lay about may no longer fit: say so before people support it."""
    if proposal.revision is None:
        raise Invalid
    refusal = wording.conflict(norms.current(), wording_of(proposal.revision))
    if refusal is not None:
        raise refusal


def _link_feedback(proposal: Proposal) -> None:
    from governance.feedback import threads

    if proposal.feedback is not None:
        threads.linked(proposal.feedback, proposal=proposal)
