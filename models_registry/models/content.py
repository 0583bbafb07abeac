"""Large content: bytes stored once, and which repos own them."""

import uuid

from django.conf import settings
from django.db import models

from models_registry.models.repos import Repo
from portal.people.models import Namespace


class Blob(models.Model):
    """Bytes in the content store, verified against their sha256 when they came in."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256


class RepoBlob(models.Model):
    """A repo owns a blob: somebody with the right to do so sent its bytes to this repo.

    Nothing else lets a repo refer to a blob: knowing a hash is no claim. `charged`: the namespace
    whose quota it counts against. `linked_at`: when a commit first referred to it.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="blobs")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="owners")
    charged = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="+")
    pushed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    pushed_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "blob"], name="one_owner_row")]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.blob_id}"


class GuestShare(models.Model):
    """Git objects of a repo that somebody else than its owner pays for: what guests proposed.

    `size`: their bytes, a part of the repo's `object_bytes`.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+", db_index=False)
    charged = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "charged"], name="one_share_a_guest")
        ]

    def __str__(self) -> str:
        return f"{self.charged_id} in {self.repo_id}: {self.size}"


class Upload(models.Model):
    """A batch of large files on their way to a repo, from the answer that offered their addresses.

    `touched_at`: when bytes last came in; the addresses live five minutes longer than that.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="uploads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.uuid)
