"""The history of settings that votes can change. The value in force follows from it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import triggers


class Act(models.TextChoices):
    ENACTED = "enacted", _("enacted")
    PINNED = "pinned", _("pinned by an operator")
    UNPINNED = "unpinned", _("released by an operator")


class PolicyValue(models.Model):
    """One change of one setting. Append-only (trigger); `value` is empty where a pin is released.

    A pin holds over what is enacted, until it is released.
    """

    name = models.CharField(max_length=80, db_index=True)
    act = models.CharField(max_length=8, choices=Act)
    value = models.JSONField(null=True)
    reason = models.TextField(max_length=2000)
    cause = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.act} {self.value}"


triggers.append_only(PolicyValue)
