"""A proposal as its pages and the API show it."""

from typing import Any

from governance import norms, rules
from governance.norms import differences, settings
from governance.policies import SUPPORT
from governance.proposals import drafting, phases, supporting, wording
from governance.proposals.models import Proposal, ProposalStep
from governance.proposals.states import ENDED, State
from portal.errors import Refused
from portal.policies import value
from portal.policies.registry import REGISTRY

STANDS = (State.ENACTED, State.REJECTED, State.NO_QUORUM, State.TIED)


def changes(proposal: Proposal) -> list[differences.Difference]:
    """Return what it does to clauses, against the version it was written for."""
    revision = proposal.revision
    if revision is None or not revision.patch:
        return []
    return differences.of_patch(revision.base.parts(), revision.changes())


def new_settings(proposal: Proposal) -> list[dict[str, Any]]:
    """Return each setting it changes, before and after, and what that would do."""
    said = proposal.revision.policies if proposal.revision else {}
    pending = proposal.state not in ENDED
    return [
        {
            "policy": REGISTRY[name],
            "before": change["before"],
            "value": change["value"],
            "foreseen": settings.foreseen(name, change["value"]) if pending else "",
        }
        for name, change in said.items()
        if name in REGISTRY
    ]


def conflict(proposal: Proposal) -> Refused | None:
    """Return why it no longer fits the norms in force, while it could still be mended."""
    if proposal.revision is None or proposal.state in ENDED:
        return None
    return wording.conflict(norms.current(), drafting.wording_of(proposal.revision))


def rule_class(proposal: Proposal) -> str:
    return proposal.voted_by or rules.of_proposal(proposal)


def record(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as plain JSON."""
    revision, poll = proposal.revision, proposal.vote
    return {
        "number": proposal.pk,
        "kind": proposal.kind,
        "grant": proposal.grant_id,
        "rival_of": proposal.rival_of_id,
        "state": proposal.state,
        "author": proposal.author.username,
        "title": proposal.title,
        "reasons": revision.reasons if revision else "",
        "revision": revision.number if revision else None,
        "sha256": revision.sha256 if revision else "",
        "base": revision.base.number if revision else None,
        "patch": revision.patch if revision else [],
        "settings": revision.policies if revision else {},
        "rule_class": rule_class(proposal),
        "poll": poll.pk if poll else None,
        "feedback": proposal.feedback_id,
        "deliberation_at": proposal.deliberation_at,
        "ends_at": proposal.ends_at,
    }


def whole(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal with where it stands, what was done, and what its settings would do."""
    supporters, refusal = supporting.count(proposal), conflict(proposal)
    phase = phases.of(proposal, supporters)
    return record(proposal) | {
        "coauthors": [row.person.username for row in proposal.coauthors.all()],
        "supporters": supporters,
        "supporters_wanted": value(SUPPORT.name),
        "phase": {"title": phase.title, "next": phase.next, "ends_at": phase.ends_at},
        "conflict": str(refusal) if refusal else None,
        "foreseen": {one["policy"].name: one["foreseen"] for one in new_settings(proposal)},
        "timeline": [_step(row) for row in proposal.steps.select_related("by", "event")],
    }


def _step(row: ProposalStep) -> dict[str, Any]:
    return {
        "deed": row.deed,
        "state": row.after,
        "by": row.by.username if row.by else None,
        "note": row.note,
        "at": row.at,
        "event": str(row.event.uuid),
    }
