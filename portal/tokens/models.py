"""Access tokens: shown once, kept as a hash."""

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.access.tables import family_of, keys_of
from portal.people.models import Person
from portal.tokens.scopes import Scopes, is_read


class TokenRole(models.TextChoices):
    READ = "read", _("read")
    WRITE = "write", _("write")
    FINE_GRAINED = "fineGrained", _("fine-grained")


class Reason(models.TextChoices):
    """Why a token was revoked."""

    OWNER = "owner", _("by its owner")
    LEAKED = "leaked", _("reported as leaked")
    COPIED = "copied", _("its renewal was used twice, so somebody had copied it")
    DEMO = "demo", _("replaced by the next demo token")
    ERASED = "erased", _("the account was erased")
    OPERATOR = "operator", _("by an operator")


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def live(self, now: dt.datetime) -> "AccessTokenQuerySet":
        """Return the tokens that open something at `now`."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def of(self, person: Person) -> "AccessTokenQuerySet":
        """Return a person's tokens, newest first, the revoked ones too."""
        return self.filter(person=person).order_by("-created_at", "-pk")


class AccessToken(models.Model):
    """One credential of a person. It can do at most what the person may do at that moment."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=12, choices=TokenRole)
    scopes = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    origin = models.CharField(max_length=12, default="settings", editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_because = models.CharField(max_length=12, choices=Reason, blank=True)

    # The database's time when `authenticate` found the token standing.
    asked_at: dt.datetime | None = None

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=TokenRole.values), name="token_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_because="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_because="")),
                name="token_revoked_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["person", "-created_at"], name="token_of_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    def is_live(self, now: dt.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def covers(self, need: str, obj: Any = None) -> bool:
        """Return whether this token may be used for `need` on `obj`.

        `need`: `read`, `write`, or a scope by its name: `repo.write`, `agreements:accept`. Scopes
        with a colon are in no read or write token: only a fine-grained one that lists them.
        """
        if self.role != TokenRole.FINE_GRAINED:
            return ":" not in need and (self.role == TokenRole.WRITE or is_read(need))
        right = need if "." in need or ":" in need else f"{family_of(obj)}.{need}"
        return Scopes.of(self.scopes).allows(right, keys_of(obj))

    def limited_to(self, right: str) -> frozenset[str] | None:
        """Return the names that this token has `right` for; None where it has it everywhere."""
        if self.role != TokenRole.FINE_GRAINED:
            return None if self.covers(right) else frozenset()
        return Scopes.of(self.scopes).names_with(right)
