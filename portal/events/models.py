"""The one log: events, their erasable details, and the signed Merkle tree over them."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models

from portal import triggers


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: str) -> "EventQuerySet":
        """Those about `type:id`, the latest first."""
        return self.filter(subject=subject).order_by("-id")

    def in_log_order(self) -> "EventQuerySet":
        """The latest leaf first; what waits for the sequencer stands on top."""
        return self.select_related("leaf", "actor").order_by(
            models.F("leaf__index").desc(nulls_first=True), "-id"
        )


class Event(models.Model):
    """What happened, written in the deed's own transaction. Append-only (trigger)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=80, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False
    )
    actor_opaque = models.CharField(max_length=32, blank=True)
    subject = models.CharField(max_length=200, blank=True, db_index=True)
    body = models.JSONField(default=dict)
    detail_commitment = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    def get_absolute_url(self) -> str:
        return f"/log/{self.uuid}"


class EventDetail(models.Model):
    """Personal details of one event: erasable; the leaf holds only their salted commitment."""

    event = models.OneToOneField(Event, on_delete=models.DO_NOTHING, related_name="detail")
    salt = models.CharField(max_length=64)
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"details of {self.event_id}"


class LogPending(models.Model):
    """A committed event that waits for its leaf. The database writes it beside each event."""

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.DO_NOTHING, related_name="pending"
    )

    def __str__(self) -> str:
        return f"event {self.event_id} waits"


class LogLeaf(models.Model):
    """An event's place in the log, counted from 0 without gaps."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(
        Event, on_delete=models.DO_NOTHING, related_name="leaf", db_constraint=False
    )
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"leaf {self.index}"


class LogNode(models.Model):
    """A complete perfect subtree above the leaves, at its place in an in-order walk."""

    position = models.BigIntegerField(primary_key=True)
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"node {self.position}"

    @staticmethod
    def place(level: int, index: int) -> int:
        """Return the number of subtree `(level, index)` in an in-order walk of the tree."""
        return (index << (level + 1)) + (1 << level) - 1

    @staticmethod
    def subtree(position: int) -> tuple[int, int]:
        """Return the `(level, index)` of which this is the place."""
        level = (~position & (position + 1)).bit_length() - 1
        return level, position >> (level + 1)


class LogTip(models.Model):
    """One row (id 1): how many leaves there are. A sequencer holds it while it appends."""

    size = models.BigIntegerField(default=0)
    turns = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.size} leaves"


class LogKey(models.Model):
    """A public key that signs heads; its private half is a file outside the database."""

    key_id = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=200)
    public = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    is_current = models.BooleanField(default=True)
    endorsed_by = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING)
    endorsement = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"],
                condition=models.Q(is_current=True),
                name="one_current_log_key",
            )
        ]

    def __str__(self) -> str:
        return self.verifier

    @property
    def verifier(self) -> str:
        """The key as verifiers of signed notes read it: `origin+hash+base64`."""
        from portal.events.notes import verifier

        return verifier(self.origin, bytes.fromhex(self.public))


class LogHead(models.Model):
    """A signed statement: at this moment the first `size` leaves had this root."""

    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    key = models.ForeignKey(LogKey, on_delete=models.DO_NOTHING, related_name="heads")
    signature = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "key"], name="one_head_a_size_and_key")
        ]

    def __str__(self) -> str:
        return f"head at {self.size}"

    @property
    def note(self) -> str:
        """The head as a signed note, to be kept elsewhere and compared later."""
        from portal.events import notes

        text = notes.head_text(self.key.origin, self.size, bytes(self.root), self.at)
        public, signature = bytes.fromhex(self.key.public), bytes.fromhex(self.signature)
        return notes.signed(text, self.key.origin, public, signature)


def _append_only(kept: Iterable[type[models.Model]]) -> None:
    for model in kept:
        triggers.append_only(model)


_append_only([Event, LogLeaf, LogNode, LogHead])
triggers.append_only(EventDetail, may_delete=True)
triggers.append_only(LogKey, may_update=("retired_at", "is_current"))
triggers.on_insert(
    Event, "waits_for_leaf", "INSERT INTO portal_logpending (event_id) VALUES (NEW.id)"
)
triggers.forbid(
    LogPending,
    "gets_its_leaf",
    on="delete",
    when="NOT EXISTS (SELECT 1 FROM portal_logleaf WHERE event_id = OLD.event_id)",
    message="an event leaves the queue of the log only by becoming a leaf",
)
triggers.forbid(
    LogTip,
    "only_grows",
    on="update",
    when="NEW.size < OLD.size",
    message="the log only grows",
)
