"""Every step of every proposal that is no draft, as an Atom feed."""

from typing import Any

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy

from governance.proposals.models import ProposalStep
from governance.proposals.states import State

SHOWN = 50


class ProposalsFeed(Feed):
    """Proposals submitted, voted on and in force, newest first."""

    feed_type = Atom1Feed
    title = gettext_lazy("Steps of proposals and votes")

    def link(self) -> str:
        return reverse("proposals")

    def items(self) -> list[ProposalStep]:
        rows = ProposalStep.objects.filter(proposal__submitted_at__isnull=False)
        rows = rows.exclude(after=State.DRAFT)
        return list(rows.select_related("proposal__revision").order_by("-pk")[:SHOWN])

    def item_title(self, item: Any) -> str:
        return f"{item.proposal.title}: {item.get_after_display()}"

    def item_description(self, item: Any) -> str:
        return str(item.note)

    def item_link(self, item: Any) -> str:
        return f"{item.proposal.get_absolute_url()}#step-{item.pk}"

    def item_updateddate(self, item: Any) -> Any:
        return item.at
