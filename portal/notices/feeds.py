"""A person's own feed of what they are told, at an address that only they know."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core import signing
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy

from portal.errors import Missing
from portal.notices.models import Notice, NoticeFeed

if TYPE_CHECKING:
    from portal.people.models import Person

SALT = "portal.notices.feed"
SHOWN = 50


def address_of(person: "Person") -> str:
    """Return the address of this person's feed, in full; "" while they have none."""
    feed = NoticeFeed.objects.filter(person=person).first()
    if feed is None:
        return ""
    token = signing.dumps([person.opaque, feed.serial], salt=SALT)
    return settings.PUBLIC_URL + reverse("notices_feed", args=[token])


def renew(person: "Person") -> None:
    """Give a person's feed an address, or another one; an earlier one leads nowhere from then."""
    _feed, made = NoticeFeed.objects.get_or_create(person=person)
    if not made:
        NoticeFeed.objects.filter(person=person).update(serial=F("serial") + 1)


def reader_of(token: str) -> "Person":
    """Return whose feed an address is; `Missing` for one that we did not sign or that is old."""
    try:
        opaque, serial = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Missing from error
    rows = NoticeFeed.objects.filter(person__opaque=opaque, serial=serial, person__is_active=True)
    found = rows.select_related("person").first()
    if found is None:
        raise Missing
    return found.person


class OwnFeed(Feed):
    """What one person is told, of the kinds they chose for it, newest first."""

    feed_type = Atom1Feed
    title = gettext_lazy("Notices")

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().__call__(request, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def get_object(self, request: HttpRequest, token: str) -> "Person":  # type: ignore[override]
        return reader_of(token)

    def link(self) -> str:
        return reverse("notices")

    def items(self, person: "Person") -> list[Notice]:
        return list(Notice.objects.filter(person=person, feed=True)[:SHOWN])

    def item_title(self, item: Any) -> str:
        return str(item.subject)

    def item_description(self, item: Any) -> str:
        return str(item.body)

    def item_link(self, item: Any) -> str:
        return item.url or reverse("notices")

    def item_guid(self, item: Any) -> str:
        return f"urn:uuid:{item.uuid}"

    def item_updateddate(self, item: Any) -> Any:
        return item.created_at
