"""Programs that wait to be let in, and what lets them stay."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.tokens.models import AccessToken, TokenRole


class LoginState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    APPROVED = "approved", _("approved")
    DENIED = "denied", _("denied")
    COLLECTED = "collected", _("signed in")


class DeviceLogin(models.Model):
    """One program that asked to act for somebody. Its device code is kept as a hash."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    user_code = models.CharField(max_length=8, unique=True, editable=False)
    client = models.CharField(max_length=200, editable=False)
    state = models.CharField(max_length=12, choices=LoginState, default=LoginState.WAITING)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True, blank=True)
    interval = models.PositiveSmallIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=12, choices=TokenRole, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LoginState.values), name="device_login_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=LoginState.WAITING, person__isnull=True)
                | (~Q(state=LoginState.WAITING) & Q(person__isnull=False)),
                name="device_login_is_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="device_login_ends")]

    def __str__(self) -> str:
        return self.shown_code

    @property
    def shown_code(self) -> str:
        """The code as people compare it: `BCDF-GHJK`."""
        return f"{self.user_code[:4]}-{self.user_code[4:]}"


class Renewal(models.Model):
    """A refresh token, good once: whoever holds it gets the access token that follows `token`."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    login = models.ForeignKey(DeviceLogin, on_delete=models.CASCADE, related_name="renewals")
    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="renewals")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.token}"
