"""The truth of work: one row a job, written in the transaction of its cause."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import triggers


class JobState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE = [JobState.QUEUED, JobState.RUNNING]


class Job(models.Model):
    """One piece of work. `attempts` counts its claims and is the fencing token of each of them.

    An attempt that an orderly stop ended counts as an interruption, not as a failure.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    queue = models.CharField(max_length=20, default="default")
    priority = models.SmallIntegerField(default=5)
    state = models.CharField(_("state"), max_length=12, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    interruptions = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_seconds = models.PositiveIntegerField(default=90)
    worker = models.CharField(max_length=200, blank=True)
    run_after = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    progress = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_live_job_a_key",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "run_after"],
                condition=models.Q(state__in=["queued", "running"]),
                name="live_jobs",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"

    def get_absolute_url(self) -> str:
        return f"/jobs/{self.uuid}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_last_attempt(self) -> bool:
        return self.attempts - self.interruptions >= self.max_attempts


class Schedule(models.Model):
    """When a periodic job fires next; a compare-and-set on it makes each firing happen once."""

    name = models.CharField(max_length=120, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_at}"


class BeatLease(models.Model):
    """One row (id 1): the beat that is at work, until when."""

    holder = models.CharField(max_length=200)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.holder} until {self.until}"


triggers.forbid(
    Job,
    "ends_once",
    on="update",
    when="OLD.state IN ('done', 'failed', 'cancelled') AND NEW.state IS DISTINCT FROM OLD.state",
    message="a job that has ended stays as it ended",
)
triggers.forbid(
    Job,
    "keeps_its_token",
    on="update",
    when="NEW.attempts < OLD.attempts",
    message="the attempts of a job are a fencing token and only grow",
)
