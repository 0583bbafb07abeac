"""Discussions and pull requests of a repo: numbered together, a timeline each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from models_registry.models.repos import Repo


class DiscussionState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("of a pull request", "draft")
    OPEN = "open", pgettext_lazy("of a discussion", "open")
    CLOSED = "closed", pgettext_lazy("of a discussion", "closed")
    MERGED = "merged", pgettext_lazy("of a pull request", "merged")


class Discussion(models.Model):
    """One thread. A pull request has its commits at `refs/pr/<number>`.

    `merged_oid`: the commit of the default branch that it became.
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="discussions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    is_pull_request = models.BooleanField(default=False)
    state = models.CharField(
        max_length=8, choices=DiscussionState, default=DiscussionState.OPEN, editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="discussions"
    )
    merged_oid = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "number"], name="one_discussion_a_number"),
            models.CheckConstraint(
                condition=Q(state__in=DiscussionState.values), name="discussion_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(is_pull_request=True) | Q(state__in=["open", "closed"]),
                name="only_pull_requests_merge",
            ),
            models.CheckConstraint(
                condition=Q(state="merged") ^ Q(merged_oid=""), name="merged_names_its_commit"
            ),
        ]
        indexes = [
            models.Index(fields=["repo", "state", "-updated_at"], name="discussion_of_repo"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.repo.path}/discussions/{self.number}"

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.number}"


class EntryKind(models.TextChoices):
    COMMENT = "comment", _("comment")
    STATUS = "status-change", _("status change")
    TITLE = "title-change", _("title change")
    COMMIT = "commit", _("commit")


class DiscussionEntry(models.Model):
    """One thing on the timeline. `text`: of a comment, as it is now; `data`: of the others.

    A hidden comment keeps its text for who hid it to answer for; nobody is shown it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=16, choices=EntryKind)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["discussion", "id"], name="entry_of_discussion")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.discussion_id}"


class CommentVersion(models.Model):
    """What a comment said before it was edited."""

    entry = models.ForeignKey(DiscussionEntry, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entry_id} until {self.at}"
