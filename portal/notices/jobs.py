"""Handing notices to the mail server, one job each."""

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
from portal.notices.choices import unsubscribe_token
from portal.notices.kinds import REGISTRY
from portal.notices.models import Notice


@jobs.handler(queue="default", lease_seconds=120, max_attempts=5)
def mail(run: jobs.Run) -> dict[str, Any] | None:
    """Send one notice by mail. Run twice it may arrive twice, under the same Message-ID."""
    rows = Notice.objects.select_related("person")
    notice = rows.filter(uuid=run.payload["notice"], mailed_at=None).first()
    if notice is None or not may_mail(notice):
        return {"sent": False}
    message = message_of(notice)
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        raise jobs.Retry(f"the mail server did not take it: {error}") from error
    with run.fenced():
        Notice.objects.filter(pk=notice.pk).update(mailed_at=db_now())
    return {"sent": True}


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
    stop, headers = "", {"Message-ID": _message_id(notice), "Auto-Submitted": "auto-generated"}
    if kind is not None and not kind.mandatory:
        token = unsubscribe_token(notice.person, notice.kind)
        stop = settings.PUBLIC_URL + reverse("unsubscribe", args=[token])
        headers |= {
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
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


def _message_id(notice: Notice) -> str:
    host = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    return f"<{notice.uuid}@{host}>"
