"""Handing notices to the mail server: one job each, or one for a digest."""

import smtplib
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from portal import jobs
from portal.clock import db_now
from portal.notices import choices, digests
from portal.notices.choices import unsubscribe_token
from portal.notices.kinds import REGISTRY
from portal.notices.models import Notice
from portal.people.models import Person

DIGEST = "portal.notices.jobs.digest"


@jobs.handler(queue="default", lease_seconds=120, max_attempts=5)
def mail(run: jobs.Run) -> dict[str, Any] | None:
    """Send one notice by mail. Run twice it may arrive twice, under the same Message-ID."""
    rows = Notice.objects.select_related("person")
    notice = rows.filter(uuid=run.payload["notice"], mailed_at=None).first()
    if notice is None or not may_mail(notice):
        return {"sent": False}
    _hand_over(message_of(notice))
    with run.fenced():
        Notice.objects.filter(pk=notice.pk).update(mailed_at=db_now())
    return {"sent": True}


def _hand_over(message: EmailMessage) -> None:
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        raise jobs.Retry(f"the mail server did not take it: {error}") from error


def may_mail(notice: Notice) -> bool:
    """Only to an address that its owner confirmed, of somebody who is still there.

    Nobody reads the demo's addresses; its people are told on the site.
    """
    person = notice.person
    if not person.is_active or person.is_demo:
        return False
    return EmailAddress.objects.filter(
        user=person, email__iexact=person.email, verified=True
    ).exists()


def message_of(notice: Notice) -> EmailMessage:
    """Return the mail, in the notice's language, with one-click unsubscription (RFC 8058)."""
    kind = REGISTRY.get(notice.kind)
    may_stop = kind is not None and not kind.mandatory
    stop = stop_address(notice.person, notice.kind) if may_stop else ""
    headers = headers_of(str(notice.uuid), stop)
    with translation.override(notice.language):
        body = render_to_string(
            "notices/mail.txt",
            {
                "notice": notice,
                "address": settings.PUBLIC_URL + notice.url if notice.url else "",
                "unsubscribe": stop,
                "site": settings.SITE_NAME,
                "settings_address": settings.PUBLIC_URL + reverse("settings_notices"),
            },
        )
    subject = f"[{settings.SITE_NAME}] {notice.subject}"
    return EmailMessage(subject, body, to=[notice.person.email], headers=headers)


def stop_address(person: Person, kind: str) -> str:
    token = unsubscribe_token(person, kind)
    return settings.PUBLIC_URL + reverse("unsubscribe", args=[token])


def headers_of(name: str, stop: str) -> dict[str, str]:
    """Return a mail's headers: an id that two sendings share, and the one click that ends it."""
    host = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    headers = {"Message-ID": f"<{name}@{host}>", "Auto-Submitted": "auto-generated"}
    if stop:
        headers["List-Unsubscribe"] = f"<{stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


@jobs.handler(lease_seconds=120, max_attempts=3)
def write_digests(run: jobs.Run) -> dict[str, Any] | None:
    """Have a digest sent to everybody whose oldest waiting notice has waited long enough."""
    due = digests.due()
    for person, rhythm, oldest in due:
        payload = {"person": person, "rhythm": rhythm}
        jobs.enqueue(DIGEST, f"{person}:{rhythm}:{oldest}", payload, priority=7)
    return {"due": len(due)}


jobs.every(900, "portal.notices.jobs.write_digests", when=digests.any_due)


@jobs.handler(lease_seconds=120, max_attempts=5)
def digest(run: jobs.Run) -> dict[str, Any] | None:
    """Send what waits for one person in one mail."""
    rows = digests.waiting(run.payload["person"], run.payload["rhythm"])
    if not rows:
        return {"sent": 0}
    keys = [row.pk for row in rows]
    if not may_mail(rows[0]):
        Notice.objects.filter(pk__in=keys).update(mail=False)
        return {"sent": 0}
    stop = stop_address(rows[0].person, choices.DIGEST)
    _hand_over(digests.message(rows, headers_of(f"digest-{rows[-1].uuid}", stop), stop))
    with run.fenced():
        Notice.objects.filter(pk__in=keys).update(mailed_at=db_now())
    return {"sent": len(rows)}
