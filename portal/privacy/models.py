"""Archives that people asked for, and the erasures that a restore must apply again."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import triggers


class Export(models.Model):
    """One archive of what is about one person: asked for, made by a job, kept for some days."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.uuid)


class Reason(models.TextChoices):
    ASKED = "asked", _("the person asked")
    LAW = "law", _("the law demands it")
    REAPPLIED = "reapplied", _("applied again after a restore")


class Erasure(models.Model):
    """That somebody was erased: by opaque id, never by name. Append-only (trigger)."""

    person_id_then = models.BigIntegerField()
    opaque = models.CharField(max_length=32, db_index=True)
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.ASKED)
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.opaque


triggers.append_only(Erasure)
