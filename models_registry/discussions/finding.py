"""Questions about discussions. Whoever may see the repo may see what is said about it."""

import uuid

from django.db.models import Count, Q, QuerySet

from models_registry.models import Discussion, DiscussionEntry, Repo
from models_registry.models.discussions import EntryKind
from portal.errors import Missing


def find(repo: Repo, number: int) -> Discussion:
    """Return a discussion of a repo that was loaded for its reader; raises `Missing`."""
    found = Discussion.objects.select_related("author").filter(repo=repo, number=number).first()
    if found is None:
        raise Missing()
    found.repo = repo
    return found


def listed(
    repo: Repo,
    *,
    pull_requests: bool | None = None,
    states: tuple[str, ...] = (),
    author: str = "",
    words: str = "",
) -> QuerySet[Discussion]:
    """Return discussions by their last news; `pull_requests`: only these, only others, or all."""
    found = Discussion.objects.filter(repo=repo).select_related("author")
    if pull_requests is not None:
        found = found.filter(is_pull_request=pull_requests)
    if states:
        found = found.filter(state__in=states)
    if author:
        found = found.filter(author__username__iexact=author)
    if words:
        found = found.filter(title__icontains=words)
    comments = Count("entries", filter=Q(entries__kind=EntryKind.COMMENT))
    return found.annotate(comments=comments).order_by("-updated_at", "-pk")


def entries(discussion: Discussion) -> list[DiscussionEntry]:
    """Return the timeline, the oldest first."""
    rows = discussion.entries.select_related("author", "hidden_by").order_by("pk")
    found = list(rows.prefetch_related("versions"))
    for entry in found:
        entry.discussion = discussion
    return found


def comment_of(discussion: Discussion, name: str) -> DiscussionEntry:
    """Return a comment by its id; raises `Missing`."""
    try:
        wanted = uuid.UUID(name)
    except ValueError:
        raise Missing() from None
    found = discussion.entries.filter(uuid=wanted, kind=EntryKind.COMMENT).first()
    if found is None:
        raise Missing()
    found.discussion = discussion
    return found
