"""Benchmarks and their immutable versions."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    TOKENS = "token-classification", _("token classification")
    TEXTS = "text-classification", _("text classification")


class DataUse(models.TextChoices):
    """What the data's licence lets the portal do with the text itself."""

    REDISTRIBUTABLE = "redistributable", _("may be redistributed")
    EVAL_ONLY = "eval_only", _("used for evaluation only, its text is not shown")
    PATH_ONLY = "path_only", _("read from the operator's disk only, its text is not shown")


class Metric(models.TextChoices):
    """Metric names as they stand in `Score`, and what a reader sees."""

    ENTITY_F1 = "entity_f1", _("entity F1 (strict IOB2)")
    ENTITY_PRECISION = "entity_precision", _("entity precision")
    ENTITY_RECALL = "entity_recall", _("entity recall")
    ACCURACY = "accuracy", _("accuracy")
    MACRO_F1 = "macro_f1", _("macro F1")
    CROSS_ENTROPY = "cross_entropy", _("cross-entropy (nats, lower is better)")


LOWER_IS_BETTER = {Metric.CROSS_ENTROPY}
METRICS: dict[str, tuple[Metric, ...]] = {
    TaskKind.TOKENS: (Metric.ENTITY_F1, Metric.ENTITY_PRECISION, Metric.ENTITY_RECALL),
    TaskKind.TEXTS: (Metric.ACCURACY, Metric.MACRO_F1, Metric.CROSS_ENTROPY),
}


class Benchmark(models.Model):
    """A task on data that entries are compared by. What is scored lies in its versions."""

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    about = models.TextField(_("about"), max_length=4000, blank=True)
    task = models.CharField(_("task"), max_length=30, choices=TaskKind)
    language = models.CharField(_("language"), max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("title",)
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(task__in=TaskKind.values), name="benchmark_task_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("leaderboard", args=[self.slug])

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return METRICS[self.task]

    @property
    def headline(self) -> Metric:
        return self.metrics[0]


class BenchmarkVersion(models.Model):
    """Everything a score depends on but the model. Rows never change (trigger).

    `data_sha256` names items and gold as stored; `budget` and `window` are tokens; `resamples` and
    `seed` define the intervals; `source` says where `path_only` data is read again.
    """

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    split = models.CharField(max_length=20, default="test")
    data_sha256 = models.CharField(max_length=64)
    data_use = models.CharField(_("use of the data"), max_length=20, choices=DataUse)
    data_licence = models.CharField(_("licence of the data"), max_length=80)
    data_origin = models.CharField(_("origin of the data"), max_length=200, blank=True)
    source = models.JSONField(default=dict)
    labels = models.JSONField()
    rows = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    scorer = models.CharField(max_length=40)
    budget = models.PositiveIntegerField(default=1024)
    window = models.PositiveIntegerField(default=512)
    resamples = models.PositiveIntegerField(default=10_000)
    seed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        verbose_name = _("benchmark version")
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "number"], name="one_version_a_number"),
            models.CheckConstraint(
                condition=models.Q(data_use__in=DataUse.values), name="data_use_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.slug} v{self.number}"

    @property
    def shows_text(self) -> bool:
        return self.data_use == DataUse.REDISTRIBUTABLE

    def predict_job(self, *, threads: int, device: str) -> dict[str, Any]:
        """Return the settings of the predicting process; nothing here tells a label."""
        return {
            "task": self.benchmark.task,
            "budget": self.budget,
            "window": self.window,
            "threads": threads,
            "device": device,
        }

    def score_job(self, classes: list[int]) -> dict[str, Any]:
        """Return the settings of the scorer; `classes` maps class numbers to label indices."""
        return {
            "task": self.benchmark.task,
            "labels": self.labels,
            "classes": classes,
            "resamples": self.resamples,
            "seed": self.seed,
        }


def person_field(**options: Any) -> models.ForeignKey:
    """Return a link to a person that keeps the row when the account goes."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", **options
    )
