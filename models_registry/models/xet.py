"""Content that came as Xet: xorbs on disk, files that are runs of their chunks, and what to find
them by. Never a row a chunk: the chunk hashes of a xorb stand in a file beside it.
"""

from typing import TYPE_CHECKING, Any

from django.db import models

from models_registry.models.content import Blob
from models_registry.models.repos import Repo


class HashField(models.BinaryField):
    """A Xet hash: 32 raw bytes on both sides."""

    if TYPE_CHECKING:  # what the stubs of Django read
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs["max_length"] = 32
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def to_python(self, value: Any) -> bytes | None:
        return None if value is None else bytes(value)


class XorbQuerySet(models.QuerySet["Xorb"]):
    def sound(self) -> "XorbQuerySet":
        """Return those that clients may be told of: neither damaged nor about to go."""
        return self.filter(doomed_at=None, damaged_at=None)


class Xorb(models.Model):
    """A xorb whose every chunk was checked. `size`: bytes on disk; `raw_size`: of its content.

    `unused_since`: the first sweep that found no file that needs it. `doomed_at`: that was so long
    ago that it is about to go. `damaged_at`: its bytes on disk are not what they were; it waits for
    somebody to send it again.
    """

    hash = HashField(primary_key=True)
    size = models.PositiveIntegerField()
    raw_size = models.PositiveIntegerField()
    chunks = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    unused_since = models.DateTimeField(null=True, blank=True)
    doomed_at = models.DateTimeField(null=True, blank=True)
    damaged_at = models.DateTimeField(null=True, blank=True)

    objects = XorbQuerySet.as_manager()

    def __str__(self) -> str:
        return bytes(self.hash).hex()


class XorbSent(models.Model):
    """Somebody with the right to write to a repo sent it a xorb: an upload goes on from there."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+")
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="senders")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "xorb"], name="one_xorb_sent_each")]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.xorb_id!r}"


class XetFile(models.Model):
    """A blob as runs of chunks. Its hash and its sha256 were both computed from the bytes.

    `terms`: 44 bytes a run, see `models_registry.formats.xet.plans`.
    """

    hash = HashField(primary_key=True)
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="xet_files")
    terms = models.BinaryField()
    created_at = models.DateTimeField()
    xorbs: Any = models.ManyToManyField(
        Xorb, through="models_registry.XetFileXorb", related_name="files"
    )

    def __str__(self) -> str:
        return bytes(self.hash).hex()


class XetFileXorb(models.Model):
    """A file needs a xorb; while it does, the xorb cannot go."""

    file = models.ForeignKey(XetFile, on_delete=models.CASCADE, related_name="+")
    xorb = models.ForeignKey(Xorb, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "xorb"], name="one_need_each")]

    def __str__(self) -> str:
        return f"{self.file_id!r} {self.xorb_id!r}"


class XetChunk(models.Model):
    """A chunk that clients ask for before they send it, and a xorb that holds it."""

    hash = HashField()
    xorb = models.ForeignKey(Xorb, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hash", "xorb"], name="one_chunk_a_xorb")]

    def __str__(self) -> str:
        return bytes(self.hash).hex()
