"""Repos: named collections of revisions, and what is known about them for lists and pages."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.access import Actor
from portal.licences.models import LicenceVersion
from portal.people.models import Namespace, Person


class Kind(models.TextChoices):
    MODEL = "model", _("model")
    DATASET = "dataset", _("dataset")


class Visibility(models.TextChoices):
    PUBLIC = "public", _("public")
    PRIVATE = "private", _("private")


class Gated(models.TextChoices):
    OPEN = "", _("open to everyone who may see it")
    AUTO = "auto", _("access after agreeing")
    MANUAL = "manual", _("access after approval")


class RepoQuerySet(models.QuerySet["Repo"]):
    def visible_to(self, actor: Actor) -> "RepoQuerySet":
        """Return the repos whose existence this actor may know: by person, and by credential."""
        seen = Q(visibility=Visibility.PUBLIC)
        if actor.person is not None:
            theirs = Q(namespace__in=_rooms(actor.person))
            names = actor.token.limited_to("repo.read") if actor.token is not None else None
            if names is not None:
                theirs &= Q(key__in=names) | Q(namespace__key__in=names)
            seen |= theirs
        return self.filter(seen)

    def gated(self) -> "RepoQuerySet":
        """Return the repos that ask for something: by their own gate, or by their licence's."""
        return self.filter(_asks_first())

    def open(self) -> "RepoQuerySet":
        return self.exclude(_asks_first())

    def named(self, name: str, kind: str = Kind.MODEL) -> "Repo":
        """Return the repo called `ns/name` in any case; raises `Repo.DoesNotExist`."""
        return self.select_related("namespace").get(kind=kind, key=name.lower())


def _rooms(person: Person) -> models.QuerySet[Namespace]:
    return Namespace.objects.filter(  # type: ignore[return-value]
        Q(person=person) | Q(organisation__membership__person=person)
    ).values("pk")


def _asks_first() -> Q:
    return ~Q(gated=Gated.OPEN) | Q(licence__in=LicenceVersion.objects.asking())


class Repo(models.Model):
    """A model or a data set. `key` is `ns/name` in lower case: names differ by more than case."""

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MODEL)
    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="repos")
    name = models.CharField(_("name"), max_length=96)
    key = models.CharField(max_length=193, editable=False)
    visibility = models.CharField(
        _("visibility"), max_length=8, choices=Visibility, default=Visibility.PUBLIC
    )
    gated = models.CharField(
        _("access"), max_length=8, choices=Gated, default=Gated.OPEN, blank=True
    )
    default_branch = models.CharField(max_length=120, default="main", editable=False)
    head_oid = models.CharField(max_length=40, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_number = models.PositiveIntegerField(default=0, editable=False)
    object_bytes = models.BigIntegerField(default=0, editable=False)
    downloads = models.PositiveBigIntegerField(default=0, editable=False)
    likes = models.PositiveIntegerField(default=0, editable=False)
    card = models.JSONField(default=dict, blank=True, editable=False)
    card_oid = models.CharField(max_length=40, blank=True, editable=False)
    licence = models.ForeignKey(
        "portal.LicenceVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="repos",
        verbose_name=_("licence"),
    )
    card_licence = models.CharField(max_length=64, blank=True, editable=False)
    library_name = models.CharField(max_length=64, blank=True, editable=False)
    pipeline_tag = models.CharField(max_length=64, blank=True, editable=False)
    results_oid = models.CharField(max_length=40, blank=True, editable=False)
    weights = models.JSONField(default=dict, blank=True, editable=False)
    base_repos: Any = models.ManyToManyField(
        "self",
        through="models_registry.BaseLink",
        through_fields=("repo", "base"),
        symmetrical=False,
        related_name="derived_repos",
    )

    # (person id, role in the owning organisation) of whoever the repo was loaded for, see `find`.
    known_role: tuple[int, str | None] | None = None
    known_watch: tuple[int, bool] | None = None  # the same of watching
    known_like: tuple[int, bool] | None = None  # and of liking

    objects = RepoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_repo_a_name"),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="repo_visibility_is_known"
            ),
            models.CheckConstraint(condition=Q(gated__in=Gated.values), name="repo_gate_is_known"),
        ]
        indexes = [
            # Without visibility: a list walks its order, whoever asks; an index that began with
            # it would make SQLite collect and sort all that a member may see.
            models.Index(fields=["kind", "-updated_at", "-id"], name="repo_newest"),
            models.Index(fields=["kind", "-downloads", "-id"], name="repo_most_fetched"),
            models.Index(fields=["kind", "-likes", "-id"], name="repo_most_liked"),
            models.Index(fields=["kind", "-created_at", "-id"], name="repo_youngest"),
            models.Index(fields=["namespace", "kind", "-updated_at"], name="repo_of_namespace"),
        ]
        verbose_name = _("repo")
        verbose_name_plural = _("repos")

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = self.full_name.lower()
        if update := kwargs.get("update_fields"):
            kwargs["update_fields"] = {*update, "key"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return self.path

    @property
    def full_name(self) -> str:
        return f"{self.namespace.name}/{self.name}"

    @property
    def path(self) -> str:
        """The path of its page: models stand at the root, data sets below `/datasets`."""
        prefix = "" if self.kind == Kind.MODEL else "/datasets"
        return f"{prefix}/{self.full_name}"

    @property
    def is_private(self) -> bool:
        return self.visibility == Visibility.PRIVATE

    @property
    def is_gated(self) -> bool:
        """Whether its own gate or its licence asks for something; its bases are not asked here."""
        return bool(self.gated) or (self.licence is not None and self.licence.asks)

    @property
    def default_ref(self) -> str:
        return f"refs/heads/{self.default_branch}"


class RepoRedirect(models.Model):
    """A name that a repo had before; it stays taken until its owner gives it up."""

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=193)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="redirects")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_redirect_a_name")]

    def __str__(self) -> str:
        return self.key


class RepoTag(models.Model):
    """One facet of a repo for filters: library, task, licence, language, base model, free tag."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="tags")
    tag = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "repo"], name="one_tag_each")]

    def __str__(self) -> str:
        return self.tag


class Relation(models.TextChoices):
    FINETUNE = "finetune", _("fine-tune")
    ADAPTER = "adapter", _("adapter")
    MERGE = "merge", _("merge")
    QUANTIZED = "quantized", _("quantized")
    COPY = "copy", _("copy")


STATED = frozenset(Relation.values) - {Relation.COPY}  # what a card can say; a copy is recorded


class BaseLink(models.Model):
    """The card says that `repo` stands on `named`; `base` is that repo where it is one of ours.

    A copy stands on what it was copied from, whatever its card says; a source that was private
    then has no name here.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="base_links")
    base = models.ForeignKey(
        Repo, null=True, on_delete=models.SET_NULL, related_name="derived_links"
    )
    named = models.CharField(max_length=193)
    relation = models.CharField(max_length=12, choices=Relation, default=Relation.FINETUNE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "named"], name="one_link_a_base")]
        indexes = [models.Index(fields=["named"], name="baselink_named")]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.relation} of {self.named}"
