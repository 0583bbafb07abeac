"""What other pages show of governance: what is being decided, and what changed in the norms."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from governance.norms import differences
from governance.norms.models import NormsVersion
from governance.polls.models import PollState
from governance.proposals.models import Proposal
from governance.proposals.states import State
from portal.access import Actor
from portal.agreements.models import Acceptance, DocumentVersion
from portal.panels import Contexts, panel

SHOWN = 3


@panel("home.aside", 15, template="governance/panel_home.html")
def deciding(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Proposals under way, and the open polls about some. One query for both."""
    underway = Q(state__in=[State.SEEKING, State.DELIBERATION])
    found = Proposal.objects.filter(underway | Q(poll__state=PollState.OPEN))
    rows = list(found.select_related("revision", "poll").order_by("poll__closes_at")[: 4 * SHOWN])
    polls = [row.poll for row in rows if row.state not in (State.SEEKING, State.DELIBERATION)]
    proposals = [row for row in rows if row.state in (State.SEEKING, State.DELIBERATION)]
    told = {"polls": polls[:SHOWN], "proposals": proposals[:SHOWN]}
    return {None: told} if rows else {}


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
