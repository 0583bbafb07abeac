"""Scans of revisions, and submissions of revisions to benchmarks."""

import uuid
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import BenchmarkVersion, person_field
from models_registry import telling
from models_registry.models import Repo
from models_registry.models.repos import Visibility
from portal.access import Actor


class ScanStatus(models.TextChoices):
    """The three honest states; none of them says safe."""

    CLEAN = "clean", _("nothing found of what we check for")
    REFUSED = "refused", _("refused")
    UNKNOWN = "unknown", _("not examined in full")


class Scan(models.Model):
    """What the acceptance rules found in one revision."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="scans")
    revision = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=ScanStatus)
    findings = models.JSONField(default=list)
    ignored = models.JSONField(default=list)
    rules = models.CharField(max_length=20)
    scanned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "revision"], name="one_scan_a_revision"),
            models.CheckConstraint(
                condition=models.Q(status__in=ScanStatus.values), name="scan_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repo_id}@{self.revision[:8]}: {self.status}"

    @property
    def told(self) -> list[dict[str, Any]]:
        """The findings, in the language of whoever reads; scans of old have English alone."""
        return [
            found | {"text": telling.told(found["said"])} if "said" in found else found
            for found in self.findings
        ]


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, actor: Actor) -> "SubmissionQuerySet":
        """Return the submissions whose repo this actor may see."""
        return self.filter(repo__in=Repo.objects.visible_to(actor).values("pk"))

    def for_pages(self) -> "SubmissionQuerySet":
        return self.select_related(
            "repo__namespace", "base__namespace", "version__benchmark", "submitted_by"
        )


class Submission(models.Model):
    """One revision of one repo, entered for one benchmark version. The revision never moves."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="submissions")
    revision = models.CharField(max_length=40)
    version = models.ForeignKey(
        BenchmarkVersion, on_delete=models.PROTECT, related_name="submissions"
    )
    base = models.ForeignKey(
        Repo, null=True, blank=True, on_delete=models.SET_NULL, related_name="base_of_submissions"
    )
    base_name = models.CharField(max_length=193, blank=True)
    submitted_by = person_field()
    submitted_at = models.DateTimeField()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ("-submitted_at", "-pk")
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "repo", "revision"], name="one_submission_a_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.repo_id}@{self.revision[:8]} for {self.version_id}"

    def get_absolute_url(self) -> str:
        return reverse("submission", args=[self.uuid])

    @property
    def shown_base(self) -> str:
        """The base model's name as anyone may read it; empty for a private model."""
        if self.base is None:
            return self.base_name
        return self.base.full_name if self.base.visibility == Visibility.PUBLIC else ""
