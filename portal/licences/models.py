"""Licences as data: families owned by a licensor, versions with machine-readable terms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import triggers
from portal.agreements.models import Document, DocumentVersion, State
from portal.licences.terms import Terms


class Licence(models.Model):
    """One licence. `family` groups ids that accept each other; `licensor` speaks for it. Its
    document has the same slug.

    `hub_id` is what stands in a model card's `license:`. `imported` marks a text that an operator
    brought in on its author's behalf: nobody here can grant what such a text reserves.
    """

    slug = models.SlugField(max_length=80, unique=True)
    family = models.SlugField(max_length=80, db_index=True)
    hub_id = models.CharField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="licence")
    licensor = models.ForeignKey(
        "portal.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="licences",
    )
    imported = models.BooleanField(default=False)
    source = models.URLField(blank=True)

    class Meta:
        verbose_name = _("licence")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(imported=True) | models.Q(licensor__isnull=False),
                name="licence_has_a_licensor_or_was_imported",
            )
        ]

    def __str__(self) -> str:
        return self.slug


class LicenceVersionQuerySet(models.QuerySet["LicenceVersion"]):
    def current(self) -> "LicenceVersionQuerySet":
        return self.filter(document_version__state=State.CURRENT)

    def asking(self) -> "LicenceVersionQuerySet":
        """Return the versions, of whatever age, of licences that ask for a click today."""
        today = LicenceVersion.objects.current().filter(terms__gate__click="required")
        return self.filter(licence__in=today.values("licence"))

    def with_document(self) -> "LicenceVersionQuerySet":
        return self.select_related("licence", "document_version__document")


class LicenceVersion(models.Model):
    """One version of a licence: a document version and its terms as data. Append-only (trigger)."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="versions")
    document_version = models.OneToOneField(
        DocumentVersion, on_delete=models.PROTECT, related_name="licence_version"
    )
    terms = models.JSONField()
    objects = LicenceVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence version")

    def __str__(self) -> str:
        return f"{self.licence.slug}@{self.document_version.number}"

    def get_absolute_url(self) -> str:
        return self.document_version.get_absolute_url()

    @property
    def parsed(self) -> Terms:
        return Terms.parse(self.terms)

    @property
    def asks(self) -> bool:
        """Whether content under this version is given only to people who accepted it."""
        return self.parsed.gate.click == "required"


triggers.append_only(LicenceVersion)
