"""What members say in feedback, as an Atom feed: threads and answers, newest first."""

from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.feedback import targets
from governance.feedback.models import FeedbackPost
from portal.markup import render

SHOWN = 50


class FeedbackFeed(Feed):
    """Posts that anybody may read now: none that was erased, none on a repo made private since."""

    feed_type = Atom1Feed
    title = gettext_lazy("Feedback and answers")

    def link(self) -> str:
        return reverse("feedback")

    def items(self) -> list[FeedbackPost]:
        earlier = FeedbackPost.objects.filter(thread=OuterRef("thread"), pk__lt=OuterRef("pk"))
        rows = FeedbackPost.objects.filter(erased=False).annotate(answers=Exists(earlier))
        newest = list(rows.select_related("thread", "person").order_by("-pk")[:SHOWN])
        public = targets.public({(post.thread.about, post.thread.target) for post in newest})
        return [post for post in newest if (post.thread.about, post.thread.target) in public]

    def item_title(self, item: Any) -> str:
        title: str = item.thread.title
        return _("Answer: %(title)s") % {"title": title} if item.answers else title

    def item_description(self, item: Any) -> str:
        return render(item.text)

    def item_link(self, item: Any) -> str:
        return f"{item.thread.get_absolute_url()}#post-{item.pk}"

    def item_guid(self, item: Any) -> str:
        return settings.PUBLIC_URL + self.item_link(item)

    def item_author_name(self, item: Any) -> str:
        return str(item.person.shown_name)

    def item_updateddate(self, item: Any) -> Any:
        return item.at
