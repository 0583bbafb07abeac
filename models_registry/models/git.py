"""Git objects in the database, always scoped by repo: there is no global object key.

Keys with `db_index=False` stand first in a unique constraint, whose index serves them too.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from models_registry.models.fields import OidField
from models_registry.models.repos import Repo


class Obj(models.Model):
    """One git object of one repo.

    `data` is the zlib stream as a pack entry wants it: of the object itself, or, where `base` is
    set, of a delta of `delta_size` bytes against it. `step` counts the states of one folder since
    one was written whole; from it follows which earlier state is the base. Blobs beyond the
    inline limit have no data but a `store_key`, the sha256 of their content in the content
    store. `lfs` is the sha256 of the file that a pointer blob stands for, `sha256` that of a
    blob's own content.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+", db_index=False)
    oid = OidField()
    type = models.PositiveSmallIntegerField()
    size = models.PositiveBigIntegerField()
    data = models.BinaryField(null=True)
    base = OidField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    delta_size = models.PositiveIntegerField(null=True)
    store_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null is "no key"
    sha256 = models.CharField(max_length=64, blank=True)
    lfs = models.CharField(max_length=64, blank=True)
    lfs_size = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "oid"], name="one_object_an_oid"),
            models.CheckConstraint(
                condition=Q(data__isnull=False, store_key__isnull=True)
                | Q(data__isnull=True, store_key__isnull=False),
                name="object_is_here_or_in_the_store",
            ),
            models.CheckConstraint(
                condition=Q(base__isnull=True, step=0) | Q(base__isnull=False, type=2),
                name="only_trees_are_deltas",
            ),
        ]

    def __str__(self) -> str:
        return self.oid


class Com(models.Model):
    """One commit, with what lists need. `gen`: generations above the first commit.

    `on_default`: reachable from the default branch along first parents, where `PathDelta` holds.
    `appended`: written by the portal behind its owner's back (an evaluation result): it sets
    nothing off, and does not count as a move of the branch for who names its parent as parent.
    `unreached_since`: the first sweep that found no ref from which it can be reached.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="commits", db_index=False)
    oid = OidField()
    tree = OidField()
    gen = models.PositiveIntegerField()
    when = models.DateTimeField()
    title = models.CharField(max_length=250)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    on_default = models.BooleanField(default=False)
    appended = models.BooleanField(default=False)
    unreached_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "oid"], name="one_commit_an_oid")]
        indexes = [
            models.Index(
                fields=["repo", "-gen"], condition=Q(on_default=True), name="commit_on_default"
            ),
            models.Index(
                fields=["repo"],
                condition=Q(unreached_since__isnull=False),
                name="commit_unreached",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.oid[:8]} {self.title}"


class CommitParent(models.Model):
    com = models.ForeignKey(
        Com, on_delete=models.CASCADE, related_name="parent_links", db_index=False
    )
    parent = models.ForeignKey(Com, on_delete=models.CASCADE, related_name="child_links")
    n = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["com", "n"], name="one_parent_a_place")]

    def __str__(self) -> str:
        return f"{self.com_id} < {self.parent_id}"


class ComObj(models.Model):
    """An object that is new in a commit relative to its parent's tree: what a clone sends."""

    com = models.ForeignKey(
        Com, on_delete=models.CASCADE, related_name="new_objects", db_index=False
    )
    oid = OidField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["com", "oid"], name="one_new_object_each")]

    def __str__(self) -> str:
        return self.oid


class PathDelta(models.Model):
    """What a commit of the default branch changed: one row a path, and one a folder above it.

    `oid` is None where the path went away; `whole`: all below went with it, unnamed.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+", db_index=False)
    path = models.CharField(max_length=1024)
    com = models.ForeignKey(Com, on_delete=models.CASCADE, related_name="path_deltas")
    gen = models.PositiveIntegerField()
    oid = OidField(null=True)
    whole = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "path", "gen"], name="one_delta_a_commit")
        ]

    def __str__(self) -> str:
        return self.path


class Ref(models.Model):
    """A branch (`refs/heads/…`), a tag (`refs/tags/…`) or a pull request (`refs/pr/N`)."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="refs", db_index=False)
    name = models.CharField(max_length=255)
    target = models.ForeignKey(Com, on_delete=models.RESTRICT, related_name="refs")
    message = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "name"], name="one_ref_a_name")]

    def __str__(self) -> str:
        return self.name


class Retained(models.Model):
    """A commit that stays addressable though no ref reaches it, and why (an evaluated revision)."""

    com = models.ForeignKey(Com, on_delete=models.CASCADE, related_name="retained")
    reason = models.CharField(max_length=120)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["com", "reason"], name="one_reason_each")]

    def __str__(self) -> str:
        return f"{self.com_id}: {self.reason}"
