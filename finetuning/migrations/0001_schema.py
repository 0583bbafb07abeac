"""Benchmarks, submissions, runs and their reports.

One operation makes a table whole: after each, Django draws up all models that hang together anew.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("finetuning", "0001_initial"),
        ("finetuning", "0002_initial"),
        ("finetuning", "0003_report_against_base"),
    ]

    initial = True

    dependencies = [
        ("models_registry", "0001_schema"),
        ("portal", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.CharField(max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("clean", "nothing found of what we check for"),
                            ("refused", "refused"),
                            ("unknown", "not examined in full"),
                        ],
                        max_length=10,
                    ),
                ),
                ("findings", models.JSONField(default=list)),
                ("ignored", models.JSONField(default=list)),
                ("rules", models.CharField(max_length=20)),
                ("scanned_at", models.DateTimeField()),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scans",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "revision"), name="one_scan_a_revision"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["clean", "refused", "unknown"])),
                        name="scan_status_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Benchmark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("about", models.TextField(blank=True, max_length=4000, verbose_name="about")),
                (
                    "task",
                    models.CharField(
                        choices=[
                            ("token-classification", "token classification"),
                            ("text-classification", "text classification"),
                        ],
                        max_length=30,
                        verbose_name="task",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=20, verbose_name="language")),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "benchmark",
                "verbose_name_plural": "benchmarks",
                "ordering": ("title",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("task__in", ["token-classification", "text-classification"])
                        ),
                        name="benchmark_task_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BenchmarkVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("split", models.CharField(default="test", max_length=20)),
                ("data_sha256", models.CharField(max_length=64)),
                (
                    "data_use",
                    models.CharField(
                        choices=[
                            ("redistributable", "may be redistributed"),
                            ("eval_only", "used for evaluation only, its text is not shown"),
                            (
                                "path_only",
                                "read from the operator's disk only, its text is not shown",
                            ),
                        ],
                        max_length=20,
                        verbose_name="use of the data",
                    ),
                ),
                (
                    "data_licence",
                    models.CharField(max_length=80, verbose_name="licence of the data"),
                ),
                (
                    "data_origin",
                    models.CharField(blank=True, max_length=200, verbose_name="origin of the data"),
                ),
                ("source", models.JSONField(default=dict)),
                ("labels", models.JSONField()),
                ("rows", models.PositiveIntegerField()),
                ("units", models.PositiveIntegerField()),
                ("scorer", models.CharField(max_length=40)),
                ("budget", models.PositiveIntegerField(default=1024)),
                ("window", models.PositiveIntegerField(default=512)),
                ("resamples", models.PositiveIntegerField(default=10000)),
                ("seed", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "benchmark",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="finetuning.benchmark",
                    ),
                ),
            ],
            options={
                "verbose_name": "benchmark version",
                "ordering": ("-number",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("benchmark", "number"), name="one_version_a_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("data_use__in", ["redistributable", "eval_only", "path_only"])
                        ),
                        name="data_use_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("revision", models.CharField(max_length=40)),
                ("base_name", models.CharField(blank=True, max_length=193)),
                ("submitted_at", models.DateTimeField()),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="base_of_submissions",
                        to="models_registry.repo",
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="models_registry.repo",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="finetuning.benchmarkversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "submission",
                "verbose_name_plural": "submissions",
                "ordering": ("-submitted_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "repo", "revision"), name="one_submission_a_revision"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvaluationRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting in the queue"),
                            ("running", "running"),
                            ("done", "scored"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("checking", "checking the files"),
                            ("loading", "loading the model"),
                            ("predicting", "predicting"),
                            ("scoring", "scoring"),
                        ],
                        max_length=12,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("queued_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("phase_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("member.refused", "The files were refused."),
                            ("member.memory", "The model needed more memory than a run may use."),
                            ("member.timeout", "The run took longer than it may."),
                            (
                                "member.flood",
                                "The process reported progress in a way that no runner does.",
                            ),
                            ("member.processes", "The process started more processes than it may."),
                            ("member.nan", "The model's values are not finite."),
                            ("member.labels", "The model's labels are not those of the benchmark."),
                            ("member.output", "The predictions do not fit the benchmark."),
                            ("member.crashed", "The model could not be loaded or run."),
                            (
                                "platform.fault",
                                "The portal could not finish the run; this is not your fault.",
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                ("failure_text", models.TextField(blank=True)),
                ("peak_bytes", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("parameters", models.PositiveBigIntegerField(null=True)),
                ("plan_sha256", models.CharField(blank=True, max_length=64)),
                ("environment", models.JSONField(default=dict)),
                ("written_oid", models.CharField(blank=True, max_length=40)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="portal.job",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="finetuning.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "evaluation run",
                "verbose_name_plural": "evaluation runs",
                "ordering": ("-queued_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("submission",),
                        name="one_live_run_a_submission",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "running", "done", "failed", "cancelled"])
                        ),
                        name="run_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvaluationReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("labels", models.JSONField()),
                ("entities", models.JSONField(default=list)),
                ("support", models.PositiveIntegerField()),
                ("units", models.PositiveIntegerField()),
                ("classes", models.JSONField()),
                ("predictions", models.BinaryField()),
                ("counts", models.BinaryField()),
                ("columns", models.PositiveSmallIntegerField()),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="report",
                        to="finetuning.evaluationrun",
                    ),
                ),
                ("against_base", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("entity_f1", "entity F1 (strict IOB2)"),
                            ("entity_precision", "entity precision"),
                            ("entity_recall", "entity recall"),
                            ("accuracy", "accuracy"),
                            ("macro_f1", "macro F1"),
                            ("cross_entropy", "cross-entropy (nats, lower is better)"),
                        ],
                        max_length=30,
                    ),
                ),
                ("split", models.CharField(max_length=20)),
                ("value", models.FloatField()),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="finetuning.evaluationrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "score",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "metric", "split"), name="one_score_a_metric"
                    )
                ],
            },
        ),
    ]
