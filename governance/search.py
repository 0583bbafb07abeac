"""Proposals and feedback as findable things."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from governance.feedback.models import FeedbackThread
from governance.proposals.models import Proposal
from portal import search
from portal.search import Entry


def proposal_entry(proposal: Proposal) -> Entry:
    """Return the entry of a submitted proposal: its title, its reasons, and its new texts."""
    revision = proposal.revision
    texts = [change.en + " " + change.zh for change in revision.changes()] if revision else []
    return Entry(
        kind="proposal",
        id=str(proposal.pk),
        title=proposal.title,
        body="\n".join([revision.reasons if revision else "", *texts]),
        url=proposal.get_absolute_url(),
    )


def thread_entry(thread: FeedbackThread, text: str) -> Entry:
    return Entry(
        kind="feedback",
        id=str(thread.pk),
        title=thread.title,
        body=text,  # a repo that it names may become private, and this index is not told
        url=thread.get_absolute_url(),
    )


def proposals() -> Iterator[Entry]:
    rows = Proposal.objects.filter(submitted_at__isnull=False).select_related("revision")
    return map(proposal_entry, rows.iterator(100))


def feedback() -> Iterator[Entry]:
    for thread in FeedbackThread.objects.prefetch_related("posts").iterator(100):
        posts = list(thread.posts.all())
        if posts and not posts[0].erased:
            yield thread_entry(thread, posts[0].text)


search.contribute("proposal", _("Proposals"), proposals, icon="file-pen")
search.contribute("feedback", _("Feedback"), feedback, icon="messages-square")
