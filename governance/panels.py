"""What other pages show of governance: what is being decided, and what changed in the norms."""

from collections.abc import Sequence
from typing import Any

from governance.norms import differences
from governance.norms.models import NormsVersion
from governance.polls.models import Poll, PollState
from governance.proposals.models import Proposal
from governance.proposals.states import State
from portal.access import Actor
from portal.agreements.models import Acceptance, DocumentVersion
from portal.panels import Contexts, panel

SHOWN = 3


@panel("home.aside", 15, template="governance/panel_home.html")
def deciding(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Open polls and proposals under way. Two queries."""
    polls = list(Poll.objects.filter(state=PollState.OPEN).order_by("closes_at")[:SHOWN])
    underway = Proposal.objects.filter(state__in=[State.SEEKING, State.DELIBERATION])
    proposals = list(underway.select_related("revision")[:SHOWN])
    return {None: {"polls": polls, "proposals": proposals}} if polls or proposals else {}


@panel("agreement.changes", 10, template="governance/panel_changes.html")
def changes(objects: Sequence[DocumentVersion], actor: Actor) -> Contexts:
    """Show who is asked to acknowledge a version what changed since the one they acknowledged."""
    if actor.person is None:
        return {}
    versions = NormsVersion.objects.filter(document__in=objects)
    return {found.document_id: said for found in versions if (said := _since(found, actor.person))}


def _since(version: NormsVersion, person: Any) -> dict[str, Any]:
    standing = Acceptance.objects.standing().filter(person=person)
    known = NormsVersion.objects.filter(
        document__in=standing.values("version"), number__lt=version.number
    ).first()
    if known is None:
        return {}
    found = differences.between(known.parts(), version.parts())
    return {"since": known, "differences": [one for one in found if one.is_change]}
