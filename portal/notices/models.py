"""What a person is told, and how they want to be told."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Rhythm(models.TextChoices):
    """When mails of a kind come."""

    NOW = "now", _("at once")
    DAILY = "daily", _("in one mail a day")
    WEEKLY = "weekly", _("in one mail a week")


DIGESTS = {Rhythm.DAILY: dt.timedelta(days=1), Rhythm.WEEKLY: dt.timedelta(days=7)}


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None, in_app=True)

    def waiting(self) -> "NoticeQuerySet":
        """Return what no digest has brought yet."""
        return self.filter(mail=True, mailed_at=None, rhythm__in=list(DIGESTS))


class Notice(models.Model):
    """One notice to one person, in their language, by the ways they wanted when it was written.

    `mailed_at`: when the mail was handed over, its own or the digest of its `rhythm`.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    url = models.CharField(max_length=500, blank=True)
    in_app = models.BooleanField(default=True)
    mail = models.BooleanField(default=False)
    rhythm = models.CharField(
        max_length=8, choices=Rhythm, default=Rhythm.NOW, db_default=Rhythm.NOW
    )
    feed = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["person"], condition=models.Q(read_at=None, in_app=True), name="unread"
            ),
            models.Index(fields=["person", "-id"], name="notices_of_person"),
            models.Index(
                fields=["rhythm", "created_at"],
                condition=models.Q(mail=True, mailed_at=None, rhythm__in=["daily", "weekly"]),
                name="notices_for_digests",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"


class NoticeChoice(models.Model):
    """How one person wants one kind; a kind without a row follows the kind's default."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices"
    )
    kind = models.CharField(max_length=40)
    in_app = models.BooleanField(default=True)
    mail = models.BooleanField(default=False)
    rhythm = models.CharField(
        max_length=8, choices=Rhythm, default=Rhythm.NOW, db_default=Rhythm.NOW
    )
    feed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="one_choice_per_notice_kind")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


class NoticeFeed(models.Model):
    """That a person has a feed of their own. A new `serial` makes its old address lead nowhere."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="notice_feed",
    )
    serial = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"feed of {self.person_id}"
