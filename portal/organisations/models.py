"""Organisations: groups of people that own repos and licence families together."""

from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.people.handles import LONGEST, HandleGrammar, HandleTaken
from portal.people.models import Namespace, Person, opaque_id


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    MAINTAINER = "maintainer", _("maintainer")
    MEMBER = "member", _("member")


class Organisation(models.Model):
    handle = models.CharField(
        _("handle"),
        max_length=LONGEST,
        unique=True,
        validators=[HandleGrammar()],
        error_messages={"unique": HandleTaken.default},
    )
    opaque = models.CharField(max_length=32, unique=True, default=opaque_id, editable=False)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    about = models.TextField(_("about"), max_length=2000, blank=True)
    website = models.URLField(_("website"), blank=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    members: Any = models.ManyToManyField(
        Person,
        through="portal.Membership",
        related_name="organisations",
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.handle

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            new = self._state.adding
            super().save(*args, **kwargs)
            if new:
                Namespace.objects.create(name=self.handle, organisation=self)
            self._let_find()

    def get_absolute_url(self) -> str:
        return f"/{self.handle}"

    @property
    def shown_name(self) -> str:
        return self.display_name or self.handle

    def _let_find(self) -> None:
        """Write what search knows of this organisation."""
        from portal.people.search import index_organisation

        index_organisation(self)


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person"], name="one_membership_each"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
        ]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.person} in {self.organisation}: {self.role}"


class Invitation(models.Model):
    """An offer to join; nobody becomes a member without saying yes. Gone once it is answered."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    invited_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person"], name="one_invitation_each"),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="invitation_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} invites {self.person}"
