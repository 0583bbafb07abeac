"""Documents that people accept, their immutable versions, and the record of each acceptance."""

import hashlib
import secrets
import time
import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal import triggers

if TYPE_CHECKING:
    from portal.people.models import Person


def uuid7() -> uuid.UUID:
    """Return a time-ordered id (RFC 9562, version 7): 48 bits of milliseconds, then random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def digest(text: str) -> str:
    """Return the sha256 of the exact UTF-8 bytes of a text: its address."""
    return hashlib.sha256(text.encode()).hexdigest()


def page_language() -> str:
    """Return the two-letter language of the page being made: `en` or `zh`."""
    return (get_language() or "en")[:2]


class Kind(models.TextChoices):
    TERMS = "terms", _("terms")
    NORMS = "norms", _("norms")
    LICENCE = "licence", _("licence")


class State(models.TextChoices):
    CURRENT = "current", _("current")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Languages(models.TextChoices):
    EN = "en", "English"
    ZH = "zh", "简体中文"


class DocumentQuerySet(models.QuerySet["Document"]):
    def site_wide(self) -> Self:
        """Return the documents that everybody who writes here must have accepted."""
        return self.filter(kind__in=[Kind.TERMS, Kind.NORMS]).order_by("-kind")


class Document(models.Model):
    """Something with a name that has versions: the site's terms, its norms, or one licence."""

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")

    def __str__(self) -> str:
        return self.slug


class DocumentVersion(models.Model):
    """One version. Its texts never change; only its state does (trigger).

    Until `grace_until`, whoever accepted an earlier version of the document can go on writing.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=40)
    ordinal = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.CURRENT)
    prevailing = models.CharField(max_length=2, choices=Languages, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    published_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["document", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["document", "ordinal"], name="one_version_per_ordinal"),
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(state=State.CURRENT),
                name="one_current_version_per_document",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.CURRENT, ended_at=None)
                | (~models.Q(state=State.CURRENT) & models.Q(ended_at__isnull=False)),
                name="ended_versions_say_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document.slug}@{self.number}"

    def get_absolute_url(self) -> str:
        if self.document.kind == Kind.LICENCE:
            return reverse("licence", args=[self.document.slug, self.number])
        return reverse(f"{self.document.kind}_version", args=[self.number])

    @property
    def accept_url(self) -> str:
        """Where a person reads this version and accepts it."""
        return reverse("agree_one", args=[self.document.slug, self.number])

    @property
    def is_current(self) -> bool:
        return self.state == State.CURRENT

    def text_in(self, language: str = "") -> "DocumentText":
        """Return the text in `language` (default: the page's), else in the first there is."""
        wanted = language or page_language()
        texts = sorted(self.texts.all(), key=lambda text: (text.language != wanted, text.language))
        return texts[0]

    @property
    def title(self) -> str:
        return self.text_in().title


class DocumentText(models.Model):
    """The exact text of one version in one language. Append-only (trigger)."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="texts")
    language = models.CharField(max_length=2, choices=Languages)
    title = models.CharField(max_length=200)
    text = models.TextField()
    is_markdown = models.BooleanField(default=True)
    sha256 = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="one_text_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.language})"


class Deed(models.TextChoices):
    ACCEPTED = "accepted", _("accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Purpose(models.TextChoices):
    RESEARCH = "research", _("research")
    COMMERCIAL = "commercial", _("commercial use")


class AcceptanceQuerySet(models.QuerySet["Acceptance"]):
    def standing(self) -> Self:
        """Return the acceptances that were not withdrawn."""
        return self.filter(deed=Deed.ACCEPTED, withdrawal__isnull=True)

    def of(self, person: "Person") -> Self:
        return self.filter(person=person)


class Acceptance(models.Model):
    """One click that would stand up later: who, which exact text, how, when. Append-only (trigger).

    A withdrawal is a new row that points at the acceptance it ends. What tells about the person's
    surroundings or answers lies in `AcceptanceDetail`; this row holds a salted commitment to it.
    The log's leaf holds a commitment to this row, so the public log names nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    deed = models.CharField(max_length=10, choices=Deed, default=Deed.ACCEPTED)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acceptances"
    )
    person_opaque = models.CharField(max_length=32)
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.PROTECT, related_name="acceptances"
    )
    language = models.CharField(max_length=2, choices=Languages)
    text_sha256 = models.CharField(max_length=64)
    withdraws = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawal"
    )
    purpose = models.CharField(max_length=12, choices=Purpose, blank=True)
    questionnaire = models.CharField(max_length=80, blank=True)
    scope = models.JSONField(default=dict, blank=True)
    act = models.CharField(max_length=200)
    ui = models.JSONField(default=dict, blank=True)
    session_hash = models.CharField(max_length=64, blank=True)
    auth_method = models.CharField(max_length=40)
    nonce = models.CharField(max_length=64, unique=True)
    detail_commitment = models.CharField(max_length=64, blank=True)
    salt = models.CharField(max_length=64)
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["person", "version"], name="acceptance_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deed=Deed.ACCEPTED, withdraws=None)
                | models.Q(deed=Deed.WITHDRAWN, withdraws__isnull=False),
                name="withdrawals_point_at_what_they_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_opaque} {self.deed} {self.version_id}"

    def record(self) -> dict[str, object]:
        """Return what was recorded, in the form whose salted hash is the log's leaf."""
        return {
            "id": str(self.id),
            "deed": self.deed,
            "person": self.person_opaque,
            "document": self.version.document.slug,
            "version": self.version.number,
            "language": self.language,
            "text_sha256": self.text_sha256,
            "withdraws": str(self.withdraws_id) if self.withdraws_id else None,
            "purpose": self.purpose,
            "questionnaire": self.questionnaire,
            "scope": self.scope,
            "act": self.act,
            "ui": self.ui,
            "session_hash": self.session_hash,
            "auth_method": self.auth_method,
            "nonce": self.nonce,
            "detail_commitment": self.detail_commitment,
            "at": self.created_at.isoformat(),
        }


class AcceptanceDetail(models.Model):
    """What an erasure removes: address prefix, browser family, answers to the questionnaire."""

    acceptance = models.OneToOneField(Acceptance, on_delete=models.CASCADE, related_name="detail")
    salt = models.CharField(max_length=64)
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"details of {self.acceptance_id}"


triggers.append_only(DocumentVersion, may_update=("state", "ended_at"))
triggers.append_only(DocumentText)
triggers.append_only(Acceptance)
triggers.append_only(AcceptanceDetail, may_delete=True)
triggers.forbid(
    DocumentVersion,
    "never_returns",
    on="update",
    when="OLD.state <> 'current' AND NEW.state = 'current'",
    message="a version that has ended does not come back: publish a new one",
)
