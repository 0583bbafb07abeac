"""Who asked for access to a gated repo, and what was decided."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from models_registry.models.repos import Repo


class RequestState(models.TextChoices):
    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    RESET = "reset", _("reset: may ask again")
    WITHDRAWN = "withdrawn", _("withdrawn by the person")


class AccessRequest(models.Model):
    """One person's access to one gated repo. There is one row a pair; the log has its history.

    `fields` are the person's answers to the owner's questions; the owner reads them, an erasure
    empties them. `granted`: the owner gave access unasked. `may_ask_again_at`: the end of the
    cool-down after a rejection.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="access_requests")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_requests"
    )
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.PENDING)
    fields = models.JSONField(default=dict, blank=True)
    share_email = models.BooleanField(default=False)
    granted = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    may_ask_again_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")
        constraints = [
            models.UniqueConstraint(fields=["repo", "person"], name="one_access_request_each"),
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="access_request_state_is_known"
            ),
        ]
        indexes = [models.Index(fields=["repo", "state", "-asked_at"], name="access_request_list")]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.repo_id}: {self.state}"


class Download(models.Model):
    """One person fetched one file of one repo on one day: what the download counter counts.

    `reader` is an opaque hash of the person or, without a token, of the address: it tells two
    readers apart for a day and names nobody.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    reader = models.CharField(max_length=32)
    path_hash = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["repo", "day", "reader", "path_hash"], name="one_download_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.repo_id} on {self.day}"
