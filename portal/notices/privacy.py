"""What somebody was told: part of their archive, and forgotten with them."""

from typing import TYPE_CHECKING, Any

from portal.notices.models import Notice, NoticeChoice, NoticeFeed
from portal.privacy import contribute

if TYPE_CHECKING:
    from portal.people.models import Person


def export(person: "Person") -> dict[str, Any]:
    rows = Notice.objects.filter(person=person).order_by("pk")
    fields = ("kind", "subject", "body", "url", "created_at", "read_at", "mailed_at")
    choices = NoticeChoice.objects.filter(person=person)
    return {
        "notices": list(rows.values(*fields)),
        "choices": list(choices.values("kind", "in_app", "mail", "rhythm", "feed")),
    }


def erase(person: "Person") -> None:
    Notice.objects.filter(person=person).delete()
    NoticeChoice.objects.filter(person=person).delete()
    NoticeFeed.objects.filter(person=person).delete()


contribute("notices", export=export, erase=erase)
