"""Offices: who holds one until when and why, elections with their candidates, appointments."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.clock import DbNow


class Role(models.TextChoices):
    """The offices. The committee is elected; it appoints the others."""

    COMMITTEE = "committee", _("committee member")
    MODERATOR = "moderator", _("moderator")
    RETURNS_OFFICER = "returns_officer", _("returns officer")
    AUDITOR = "auditor", _("auditor")


class Way(models.TextChoices):
    """How somebody came to an office."""

    ELECTED = "elected", _("elected")
    COUNTED_BACK = "counted_back", _("next in the count, after a vacancy")
    CO_OPTED = "co_opted", _("co-opted by the committee until the next election")
    APPOINTED = "appointed", _("appointed by the committee")
    FOUNDER = "founder", _("named by a founder")


class ElectionState(models.TextChoices):
    NOMINATING = "nominating", _("candidates are sought")
    VOTING = "voting", _("voting")
    SEATED = "seated", _("seats taken")
    FAILED = "failed", _("failed")


class Election(models.Model):
    """One election to the committee. `cause`: what called it, as `type:id`, or empty.

    `nominations_until`, by the database's clock, is when the list of candidates closes.
    """

    seats = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=ElectionState, default=ElectionState.NOMINATING)
    cause = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    poll = models.OneToOneField(
        "governance.Poll", null=True, on_delete=models.PROTECT, related_name="election"
    )
    called_at = models.DateTimeField()
    nominations_until = models.DateTimeField()

    class Meta:
        verbose_name = _("election")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="nominating"),
                name="one_election_seeks_candidates",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ElectionState.values), name="election_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"election {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("election", args=[self.pk])

    @property
    def state_kind(self) -> str:
        return {"nominating": "info", "voting": "accent", "seated": "good"}.get(self.state, "warn")


class CandidacyQuerySet(models.QuerySet["Candidacy"]):
    def standing(self) -> "CandidacyQuerySet":
        """Return those who said yes and have not taken it back."""
        return self.filter(accepted_at__isnull=False, withdrawn_at=None)


class Candidacy(models.Model):
    """Somebody who was proposed for an election, or stands in it.

    `employer` is disclosed by whoever stands; empty means that they said they have none.
    """

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="candidacies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    employer = models.CharField(max_length=120, blank=True)
    statement = models.TextField(max_length=5000, blank=True)
    language = models.CharField(max_length=10, default="en")
    nominated_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    objects = CandidacyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["election", "person"], name="one_candidacy_a_person")
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Return the candidate's option in the poll."""
        return f"c{self.pk}"

    @property
    def stands(self) -> bool:
        """Return whether the person said yes and has not taken it back."""
        return self.accepted_at is not None and self.withdrawn_at is None

    @property
    def group(self) -> str:
        """Return the employer as it is compared; "" for none."""
        return " ".join(self.employer.casefold().split())


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self) -> "RoleGrantQuerySet":
        """Return those that count now, by the database's clock: no job has to end the others."""
        now = DbNow()
        return self.filter(starts_at__lte=now, ends_at__gt=now, revoked_at=None)

    def not_over(self) -> "RoleGrantQuerySet":
        """Return those in force, and those that begin later."""
        return self.filter(ends_at__gt=DbNow(), revoked_at=None)


class RoleGrant(models.Model):
    """Somebody holds an office from one moment until another. Append-only but for its revocation.

    `cause`: the poll or decision it comes from, as `type:id`. `employer`: as it was disclosed.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_grants"
    )
    role = models.CharField(max_length=16, choices=Role)
    way = models.CharField(max_length=14, choices=Way)
    election = models.ForeignKey(
        Election, null=True, on_delete=models.PROTECT, related_name="grants"
    )
    cause = models.CharField(max_length=40)
    employer = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    why_revoked = models.CharField(max_length=200, blank=True)
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")
    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ["role", "ends_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="terms_end_after_they_start"
            )
        ]
        indexes = [models.Index(fields=["role", "ends_at"], name="grants_in_force")]

    def __str__(self) -> str:
        return f"{self.person_id} as {self.role}"

    @property
    def group(self) -> str:
        return " ".join(self.employer.casefold().split())


class Appointment(models.Model):
    """The committee is asked to give somebody an office; more than half of it has to assent."""

    role = models.CharField(max_length=16, choices=Role)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    employer = models.CharField(max_length=120, blank=True)
    reasons = models.TextField(max_length=4000)
    at = models.DateTimeField()
    grant = models.OneToOneField(
        RoleGrant, null=True, on_delete=models.PROTECT, related_name="appointment"
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"appointment {self.pk}"


class Assent(models.Model):
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="assents")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "person"], name="one_assent_a_member")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} to {self.appointment_id}"
