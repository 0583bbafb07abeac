"""Feedback: what members say about a clause, a repo, a licence, a benchmark, or anything."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Target(models.TextChoices):
    FREE = "free", _("anything")
    CLAUSE = "clause", _("a clause of the norms")
    REPO = "repo", _("a repo")
    LICENCE = "licence", _("a licence")
    BENCHMARK = "benchmark", _("a benchmark")


class ThreadState(models.TextChoices):
    NEW = "new", _("new")
    MERGED = "merged", _("merged")
    LINKED = "linked", _("led to a proposal")
    DECLINED = "declined", _("declined")


class FeedbackThread(models.Model):
    """One thread. `target` names what it is about: a clause id, owner/name, a slug."""

    about = models.CharField(max_length=10, choices=Target, default=Target.FREE)
    target = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=160)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ThreadState, default=ThreadState.NEW)
    reason = models.TextField(max_length=2000, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("feedback")
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["about", "target"], name="feedback_on")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ThreadState.MERGED, merged_into__isnull=False)
                | (~Q(state=ThreadState.MERGED) & Q(merged_into=None)),
                name="merged_feedback_says_into_what",
            ),
            models.CheckConstraint(
                condition=~Q(state=ThreadState.DECLINED) | ~Q(reason=""),
                name="declined_feedback_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("feedback_thread", args=[self.pk])


class FeedbackPost(models.Model):
    thread = models.ForeignKey(FeedbackThread, on_delete=models.PROTECT, related_name="posts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5000)
    language = models.CharField(max_length=10, default="en")
    erased = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"post {self.pk} of {self.thread_id}"


class Reaction(models.Model):
    """One person's sign under a thread."""

    class Sign(models.TextChoices):
        AGREE = "agree", _("I agree")
        DISAGREE = "disagree", _("I disagree")
        THANKS = "thanks", _("Thank you")

    thread = models.ForeignKey(FeedbackThread, on_delete=models.PROTECT, related_name="reactions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sign = models.CharField(max_length=10, choices=Sign)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "person"], name="one_reaction_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.sign}"
