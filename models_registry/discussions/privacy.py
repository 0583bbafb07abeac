"""What somebody said is in their archive; at an erasure it stays, without their name."""

from typing import Any

from models_registry.models import Discussion, DiscussionEntry
from models_registry.models.discussions import EntryKind
from portal import privacy
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    opened = Discussion.objects.filter(author=person).select_related("repo__namespace")
    said = DiscussionEntry.objects.filter(author=person, kind=EntryKind.COMMENT)
    return {
        "opened": [
            {
                "repo": row.repo.full_name,
                "number": row.number,
                "title": row.title,
                "at": row.created_at.isoformat(),
            }
            for row in opened.order_by("pk")
        ],
        "comments": [
            {
                "repo": row.discussion.repo.full_name,
                "number": row.discussion.number,
                "text": row.text,
                "at": row.at.isoformat(),
            }
            for row in said.select_related("discussion__repo__namespace").order_by("pk")
        ],
    }


def erase(person: Person) -> None:
    """Cut the link to the person; safe to run twice."""
    Discussion.objects.filter(author=person).update(author=None)
    DiscussionEntry.objects.filter(author=person).update(author=None)
    DiscussionEntry.objects.filter(hidden_by=person).update(hidden_by=None)


privacy.contribute("discussions", export=export, erase=erase)
