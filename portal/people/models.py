"""People and the one namespace that handles of persons and organisations share."""

import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.people.handles import LONGEST, HandleGrammar, HandleTaken, is_taken, key_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


def opaque_id() -> str:
    """Return an id that says nothing about the person: it stands in commits and log leaves."""
    return "p" + secrets.token_hex(12)


class Standing(models.TextChoices):
    GOOD = "good", _("in good standing")
    SUSPENDED = "suspended", _("suspended")
    ERASED = "erased", _("erased")


class PersonManager(UserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        """Return the person with this handle in any case."""
        return self.get(username__iexact=username)


class Person(AbstractUser):
    """Somebody with an account. `username` is the handle; `opaque` never changes."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        _("handle"),
        max_length=LONGEST,
        unique=True,
        validators=[HandleGrammar()],
        error_messages={"unique": HandleTaken.default},
    )
    email = models.EmailField(_("e-mail"), unique=True)
    opaque = models.CharField(max_length=32, unique=True, default=opaque_id, editable=False)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("about"), max_length=2000, blank=True)
    website = models.URLField(_("website"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    age_ok_at = models.DateTimeField(_("declared to be old enough"), null=True, blank=True)
    standing = models.CharField(
        _("standing"), max_length=12, choices=Standing, default=Standing.GOOD
    )
    standing_until = models.DateTimeField(_("standing ends"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo person"), default=False, editable=False)

    objects = PersonManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("username"), name="one_person_a_handle"),
            models.UniqueConstraint(Lower("email"), name="one_person_an_email"),
            models.CheckConstraint(
                condition=Q(standing__in=Standing.values), name="standing_is_known"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        with transaction.atomic():
            new = self._state.adding
            super().save(*args, **kwargs)
            if new:
                Namespace.objects.create(name=self.username, person=self)
            self._let_find(kwargs.get("update_fields"))

    def _let_find(self, changed: "Iterable[str] | None") -> None:
        """Write what search knows of this person, if it changed."""
        from portal.people.search import index_person

        if changed is None or {"username", "display_name", "bio", "is_active"} & set(changed):
            index_person(self)

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return self.shown_name

    def get_absolute_url(self) -> str:
        return f"/{self.username}"

    @property
    def is_erased(self) -> bool:
        return self.standing == Standing.ERASED

    @property
    def was_suspended(self) -> bool:
        """Whether a suspension was written; whether it still holds, `is_suspended` knows."""
        return self.standing == Standing.SUSPENDED

    def is_suspended(self, now: "dt.datetime") -> bool:
        """Return whether a suspension is in force at `now`."""
        if self.standing != Standing.SUSPENDED:
            return False
        return self.standing_until is None or self.standing_until > now


class Namespace(models.Model):
    """Who owns repos: a person or an organisation. Handles are unique whatever their case.

    A row whose owner is gone is a tombstone: the handle is never given to somebody else, since
    links, cards and other people's scripts go on naming it.
    """

    name = models.CharField(max_length=LONGEST)
    key = models.CharField(max_length=LONGEST, unique=True, editable=False)
    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="namespace"
    )
    organisation = models.OneToOneField(
        "portal.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="namespace",
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(person__isnull=False, organisation__isnull=True, released_at__isnull=True)
                    | Q(person__isnull=True, organisation__isnull=False, released_at__isnull=True)
                    | Q(person__isnull=True, organisation__isnull=True, released_at__isnull=False)
                ),
                name="namespace_has_one_owner_or_is_a_tombstone",
            ),
            models.CheckConstraint(
                condition=Q(key=Lower("name")), name="namespace_key_is_the_name_in_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = key_of(self.name)
        if self._state.adding and is_taken(self.name):
            raise HandleTaken
        super().save(*args, **kwargs)

    @property
    def owner(self) -> Any:
        """The person or organisation, or None for a tombstone."""
        return self.person or self.organisation
