"""Short statements about a proposal, and who agrees. They are a picture, never a vote."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Statement(models.Model):
    """One thought in one sentence. Nobody edits it: judgements are about what was read."""

    proposal = models.ForeignKey(
        "governance.Proposal", on_delete=models.PROTECT, related_name="statements"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=140)
    language = models.CharField(max_length=10, default="en")
    erased = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"statement {self.pk} on {self.proposal_id}"


class Opinion(models.Model):
    """Somebody's judgement of a statement; it can be changed while the proposal is discussed."""

    class Sign(models.IntegerChoices):
        AGREE = 1, _("agree")
        DISAGREE = -1, _("disagree")
        PASS = 0, _("pass")

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sign = models.SmallIntegerField(choices=Sign)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "person"], name="one_opinion_a_person"),
            models.CheckConstraint(condition=Q(sign__in=[-1, 0, 1]), name="opinion_sign_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.statement_id}"
