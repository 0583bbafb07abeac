"""Digests: what waits for one mail a day or a week, and that mail."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Min, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from portal.clock import db_now
from portal.notices.models import DIGESTS, Notice

MOST = 200  # notices in one mail; the rest comes with the next


def _ripe() -> Q:
    """Return the condition of notices that have waited as long as their rhythm says."""
    now, found = db_now(), Q()
    for rhythm, wait in DIGESTS.items():
        found |= Q(rhythm=rhythm, created_at__lte=now - wait)
    return found


def any_due() -> bool:
    return Notice.objects.waiting().filter(_ripe()).exists()


def due() -> list[tuple[int, str, int]]:
    """Return person, rhythm and oldest notice of each digest that is due."""
    rows = Notice.objects.waiting().filter(_ripe()).order_by()
    found = rows.values("person", "rhythm").annotate(oldest=Min("pk"))
    return list(found.values_list("person", "rhythm", "oldest"))


def waiting(person: int, rhythm: str) -> list[Notice]:
    """Return what a person's digest brings, the oldest first."""
    rows = Notice.objects.waiting().filter(person=person, rhythm=rhythm)
    return list(rows.select_related("person").order_by("pk")[:MOST])


def message(rows: Sequence[Notice], headers: dict[str, str], stop: str) -> EmailMessage:
    """Return one mail of several notices to the same person, in the newest one's language."""
    person = rows[-1].person
    with translation.override(rows[-1].language):
        number = len(rows)
        said = ngettext("%(number)s notice", "%(number)s notices", number) % {"number": number}
        body = render_to_string(
            "notices/digest.txt",
            {
                "notices": [
                    (row, settings.PUBLIC_URL + row.url if row.url else "") for row in rows
                ],
                "site": settings.SITE_NAME,
                "unsubscribe": stop,
                "settings_address": settings.PUBLIC_URL + reverse("settings_notices"),
            },
        )
    subject = f"[{settings.SITE_NAME}] {said}"
    return EmailMessage(subject, body, to=[person.email], headers=headers)
