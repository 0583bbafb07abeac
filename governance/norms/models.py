"""Versions of the norms, and the founding that made the first of them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.norms.clauses import Clause, clauses_of
from portal.agreements.models import DocumentVersion


class Founding(models.Model):
    """One row (id 1): from when to when founders decided, and why it ended. It ends once."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why_ended = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_founding")]

    def __str__(self) -> str:
        return f"founded {self.started_at}"


class FoundingDecision(models.Model):
    """What a founder decided without a vote. `by` is empty for the command on the machine."""

    class Deed(models.TextChoices):
        FIRST = "first", _("adopted the first norms")
        ADOPTED = "adopted", _("adopted a proposal")
        NAMED = "named", _("named an officer")

    deed = models.CharField(max_length=10, choices=Deed)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reasons = models.TextField(max_length=4000)
    at = models.DateTimeField()
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.deed} {self.at}"


class NormsVersion(models.Model):
    """One version of the norms. Append-only (trigger), linear, made once a proposal.

    `document` holds the texts people acknowledge; they follow from `clauses` byte for byte.
    `sha256` is over the clauses. It is in force while its document version is current.
    """

    number = models.PositiveIntegerField(unique=True)
    parent = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="child")
    clauses = models.JSONField()
    sha256 = models.CharField(max_length=64)
    document = models.OneToOneField(
        DocumentVersion, on_delete=models.PROTECT, related_name="norms_version"
    )
    proposal = models.OneToOneField(
        "governance.Proposal", null=True, on_delete=models.PROTECT, related_name="made_version"
    )
    founding = models.OneToOneField(
        FoundingDecision, null=True, on_delete=models.PROTECT, related_name="made_version"
    )
    effective_at = models.DateTimeField()
    grace_until = models.DateTimeField(null=True)
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("norms version")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number=1, parent=None)
                | models.Q(number__gt=1, parent__isnull=False),
                name="norms_versions_have_a_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(proposal__isnull=False) | models.Q(founding__isnull=False),
                name="norms_were_adopted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"norms {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("norms_version", args=[self.number])

    @property
    def is_in_force(self) -> bool:
        return self.document.is_current

    def parts(self) -> list[Clause]:
        return clauses_of(self.clauses)

    def clause(self, name: str) -> Clause | None:
        return next((clause for clause in self.parts() if clause.id == name), None)


class NormsCampaign(models.Model):
    """Whether members were told of a version and asked to acknowledge it; once a version."""

    version = models.OneToOneField(NormsVersion, on_delete=models.PROTECT, related_name="campaign")
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"campaign of {self.version_id}"
