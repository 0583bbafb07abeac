"""The norms as files: JSON for programs, Markdown for people, Atom for readers of feeds."""

from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.norms.clauses import render
from governance.norms.models import NormsVersion
from portal.agreements.library import TITLES
from portal.agreements.models import digest

SHOWN = 20


def as_json(version: NormsVersion) -> dict[str, Any]:
    """Return a version with everything that its hash can be checked by."""
    clauses = version.parts()
    return {
        "norms": version.number,
        "sha256": version.sha256,
        "parent": version.parent.sha256 if version.parent else None,
        "state": version.document.state,
        "effective_at": version.effective_at.isoformat(),
        "grace_until": version.grace_until.isoformat() if version.grace_until else None,
        "adopted_by": adopted_by(version),
        "texts": {name: digest(render(clauses, name)) for name in ("en", "zh")},
        "clauses": [clause.record() | {"sha256": clause.sha256} for clause in clauses],
        "url": settings.PUBLIC_URL + version.get_absolute_url(),
    }


def adopted_by(version: NormsVersion) -> dict[str, Any]:
    if version.founding_id is not None:
        return {"founding_decision": version.founding_id, "proposal": version.proposal_id}
    poll = version.proposal.vote if version.proposal else None
    return {"proposal": version.proposal_id, "poll": poll.pk if poll else None}


def as_markdown(version: NormsVersion, language: str) -> str:
    """Return the exact text that people acknowledge, under its title."""
    title = TITLES["community-norms"][language]
    return f"# {title} {version.number}\n\n{render(version.parts(), language)}"


class NormsFeed(Feed):
    """New versions of the norms, newest first."""

    feed_type = Atom1Feed
    title = gettext_lazy("Versions of the community norms")

    def link(self) -> str:
        return reverse("norms")

    def items(self) -> list[NormsVersion]:
        rows = NormsVersion.objects.select_related("proposal__revision", "parent")
        return list(rows[:SHOWN])

    def item_title(self, item: Any) -> str:
        return _("Norms, version %(number)s") % {"number": item.number}

    def item_description(self, item: Any) -> str:
        return item.proposal.title if item.proposal else _("The first norms of this community.")

    def item_updateddate(self, item: Any) -> Any:
        return item.effective_at
