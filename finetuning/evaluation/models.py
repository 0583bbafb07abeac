"""Evaluation runs and what they found. Written by `finetuning.evaluation.states` alone."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import Metric, person_field
from finetuning.submissions.models import Submission
from models_registry import telling
from portal.access import Actor


class RunState(models.TextChoices):
    QUEUED = "queued", _("waiting in the queue")
    RUNNING = "running", _("running")
    DONE = "done", _("scored")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE = (RunState.QUEUED, RunState.RUNNING)


class Phase(models.TextChoices):
    """The stages of a run, in order."""

    CHECKING = "checking", _("checking the files")
    LOADING = "loading", _("loading the model")
    PREDICTING = "predicting", _("predicting")
    SCORING = "scoring", _("scoring")


ORDER = tuple(Phase.values)


class Failure(models.TextChoices):
    """Why a run failed. `platform.*` is ours, `member.*` the submission's."""

    REFUSED = "member.refused", _("The files were refused.")
    MEMORY = "member.memory", _("The model needed more memory than a run may use.")
    TIMEOUT = "member.timeout", _("The run took longer than it may.")
    FLOOD = "member.flood", _("The process reported progress in a way that no runner does.")
    PROCESSES = "member.processes", _("The process started more processes than it may.")
    NAN = "member.nan", _("The model's values are not finite.")
    LABELS = "member.labels", _("The model's labels are not those of the benchmark.")
    OUTPUT = "member.output", _("The predictions do not fit the benchmark.")
    CRASHED = "member.crashed", _("The model could not be loaded or run.")
    PLATFORM = "platform.fault", _("The portal could not finish the run; this is not your fault.")


class EvaluationRunQuerySet(models.QuerySet["EvaluationRun"]):
    def visible_to(self, actor: Actor) -> "EvaluationRunQuerySet":
        return self.filter(submission__in=Submission.objects.visible_to(actor).values("pk"))

    def live(self) -> "EvaluationRunQuerySet":
        return self.filter(state__in=LIVE)

    def for_pages(self) -> "EvaluationRunQuerySet":
        return self.select_related(
            "submission__repo__namespace",
            "submission__base__namespace",
            "submission__version__benchmark",
            "submission__submitted_by",
            "cancelled_by",
            "job",
        )


class EvaluationRun(models.Model):
    """One attempt chain to score a submission. `sequence` grows with every change a page shows.

    `digest` names every byte the run read; `environment` is what two runs must share to be compared
    bit for bit; `peak_bytes` and the phase tell where a failed run stood.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="runs")
    job = models.ForeignKey("portal.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    phase = models.CharField(max_length=12, choices=Phase, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    phase_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=20, choices=Failure, blank=True)
    failure_text = models.TextField(blank=True)
    failure_said = models.JSONField(default=list)
    peak_bytes = models.PositiveBigIntegerField(default=0)
    cancelled_by = person_field()
    digest = models.CharField(max_length=64, blank=True)
    parameters = models.PositiveBigIntegerField(null=True)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    environment = models.JSONField(default=dict)
    written_oid = models.CharField(max_length=40, blank=True)

    objects = EvaluationRunQuerySet.as_manager()

    class Meta:
        ordering = ("-queued_at", "-pk")
        verbose_name = _("evaluation run")
        verbose_name_plural = _("evaluation runs")
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_live_run_a_submission",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="run_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.uuid])

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def failure_is_ours(self) -> bool:
        return self.failure.startswith("platform.")

    @property
    def failure_told(self) -> str:
        """The failure's text, in the language of whoever reads as far as it is ours."""
        if not (self.failure_text and self.failure_said):
            return self.failure_text
        return str(telling.told(*self.failure_said))


class Score(models.Model):
    """One metric of one run on one split, with its 95 % interval. Append-only (trigger)."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, related_name="scores")
    metric = models.CharField(max_length=30, choices=Metric)
    split = models.CharField(max_length=20)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()

    class Meta:
        verbose_name = _("score")
        constraints = [
            models.UniqueConstraint(fields=["run", "metric", "split"], name="one_score_a_metric")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.4f}"


class EvaluationReport(models.Model):
    """The details behind the scores of a run.

    `predictions`: zlib stream of little-endian int16 (a word each) or float32 logits;
    `counts`: zlib stream of float64 [rows, columns], what intervals and comparisons need.
    `against_base`: the run of the base model that this one was compared with, and by how much each
    metric differs; empty where the base had no score.
    """

    run = models.OneToOneField(EvaluationRun, on_delete=models.CASCADE, related_name="report")
    labels = models.JSONField()
    entities = models.JSONField(default=list)
    support = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    classes = models.JSONField()
    predictions = models.BinaryField()
    counts = models.BinaryField()
    columns = models.PositiveSmallIntegerField()
    against_base = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"report of {self.run_id}"
