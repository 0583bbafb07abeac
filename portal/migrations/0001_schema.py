"""People, documents, policies, the log, jobs, notices and licences.

One operation makes a table whole: after each, Django draws up all models that hang together anew.
"""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import portal.agreements.models
import portal.people.handles
import portal.people.models


class Migration(migrations.Migration):
    replaces = [
        ("portal", "0001_initial"),
        ("portal", "0002_digests_and_feeds"),
        ("portal", "0003_device_logins"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="BeatLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holder", models.CharField(max_length=200)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("terms", "terms"), ("norms", "norms"), ("licence", "licence")],
                        max_length=8,
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
            },
        ),
        migrations.CreateModel(
            name="LogNode",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="LogTip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.BigIntegerField(default=0)),
                ("turns", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={
                            "unique": "This handle is taken or reserved. Please choose another one."
                        },
                        max_length=40,
                        unique=True,
                        validators=[portal.people.handles.HandleGrammar()],
                        verbose_name="handle",
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                (
                    "opaque",
                    models.CharField(
                        default=portal.people.models.opaque_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "display_name",
                    models.CharField(blank=True, max_length=80, verbose_name="display name"),
                ),
                ("bio", models.TextField(blank=True, max_length=2000, verbose_name="about")),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                (
                    "time_zone",
                    models.CharField(blank=True, max_length=64, verbose_name="time zone"),
                ),
                (
                    "age_ok_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="declared to be old enough"
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("good", "in good standing"),
                            ("suspended", "suspended"),
                            ("erased", "erased"),
                        ],
                        default="good",
                        max_length=12,
                        verbose_name="standing",
                    ),
                ),
                (
                    "standing_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="standing ends"),
                ),
                (
                    "is_demo",
                    models.BooleanField(default=False, editable=False, verbose_name="demo person"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("username"),
                        name="one_person_a_handle",
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="one_person_an_email"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("standing__in", ["good", "suspended", "erased"])),
                        name="standing_is_known",
                    ),
                ],
            },
            managers=[
                ("objects", portal.people.models.PersonManager()),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(db_index=True, max_length=80)),
                ("actor_opaque", models.CharField(blank=True, max_length=32)),
                ("subject", models.CharField(blank=True, db_index=True, max_length=200)),
                ("body", models.JSONField(default=dict)),
                ("detail_commitment", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("read", "read"),
                            ("write", "write"),
                            ("fineGrained", "fine-grained"),
                        ],
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                ("scopes", models.JSONField(blank=True, default=dict)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("hint", models.CharField(editable=False, max_length=12)),
                ("origin", models.CharField(default="settings", editable=False, max_length=12)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used"),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "revoked_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("owner", "by its owner"),
                            ("leaked", "reported as leaked"),
                            ("copied", "its renewal was used twice, so somebody had copied it"),
                            ("demo", "replaced by the next demo token"),
                            ("erased", "the account was erased"),
                            ("operator", "by an operator"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "access token",
                "verbose_name_plural": "access tokens",
                "indexes": [models.Index(fields=["person", "-created_at"], name="token_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["read", "write", "fineGrained"])),
                        name="token_role_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_because", "")),
                            models.Q(
                                ("revoked_at__isnull", False),
                                models.Q(("revoked_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="token_revoked_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("ordinal", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("current", "current"),
                            ("superseded", "superseded"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="current",
                        max_length=10,
                    ),
                ),
                (
                    "prevailing",
                    models.CharField(
                        blank=True, choices=[("en", "English"), ("zh", "简体中文")], max_length=2
                    ),
                ),
                ("summary", models.JSONField(blank=True, default=dict)),
                ("published_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("grace_until", models.DateTimeField(blank=True, null=True)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="portal.document",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "number"), name="one_version_per_number"
                    ),
                    models.UniqueConstraint(
                        fields=("document", "ordinal"), name="one_version_per_ordinal"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "current")),
                        fields=("document",),
                        name="one_current_version_per_document",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "current")),
                            models.Q(
                                models.Q(("state", "current"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="ended_versions_say_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.agreements.models.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[("accepted", "accepted"), ("withdrawn", "withdrawn")],
                        default="accepted",
                        max_length=10,
                    ),
                ),
                ("person_opaque", models.CharField(max_length=32)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("zh", "简体中文")], max_length=2),
                ),
                ("text_sha256", models.CharField(max_length=64)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[("research", "research"), ("commercial", "commercial use")],
                        max_length=12,
                    ),
                ),
                ("questionnaire", models.CharField(blank=True, max_length=80)),
                ("scope", models.JSONField(blank=True, default=dict)),
                ("act", models.CharField(max_length=200)),
                ("ui", models.JSONField(blank=True, default=dict)),
                ("session_hash", models.CharField(blank=True, max_length=64)),
                ("auth_method", models.CharField(max_length=40)),
                ("nonce", models.CharField(max_length=64, unique=True)),
                ("detail_commitment", models.CharField(blank=True, max_length=64)),
                ("salt", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdraws",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="portal.acceptance",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to="portal.documentversion",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.event",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "indexes": [
                    models.Index(fields=["person", "version"], name="acceptance_of_person")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deed", "accepted"), ("withdraws", None)),
                            models.Q(("deed", "withdrawn"), ("withdraws__isnull", False)),
                            _connector="OR",
                        ),
                        name="withdrawals_point_at_what_they_end",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AcceptanceDetail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("salt", models.CharField(max_length=64)),
                ("details", models.JSONField(default=dict)),
                (
                    "acceptance",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="detail",
                        to="portal.acceptance",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DocumentText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("zh", "简体中文")], max_length=2),
                ),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("is_markdown", models.BooleanField(default=True)),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="portal.documentversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "language"), name="one_text_per_language"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogPending",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="pending",
                        serialize=False,
                        to="portal.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_id_then", models.BigIntegerField()),
                ("opaque", models.CharField(db_index=True, max_length=32)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("asked", "the person asked"),
                            ("law", "the law demands it"),
                            ("reapplied", "applied again after a restore"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventDetail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("salt", models.CharField(max_length=64)),
                ("details", models.JSONField(default=dict)),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="detail",
                        to="portal.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("size", models.PositiveBigIntegerField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=200)),
                ("payload", models.JSONField(default=dict)),
                ("queue", models.CharField(default="default", max_length=20)),
                ("priority", models.SmallIntegerField(default=5)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="queued",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("interruptions", models.PositiveIntegerField(default=0)),
                ("max_attempts", models.PositiveSmallIntegerField(default=3)),
                ("lease_seconds", models.PositiveIntegerField(default=90)),
                ("worker", models.CharField(blank=True, max_length=200)),
                ("run_after", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("progress", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=["state", "run_after"],
                        name="live_jobs",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("name", "key"),
                        name="one_live_job_a_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(max_length=64, unique=True)),
                ("origin", models.CharField(max_length=200)),
                ("public", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("is_current", models.BooleanField(default=True)),
                ("endorsement", models.CharField(blank=True, max_length=128)),
                (
                    "endorsed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="portal.logkey",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("is_current",),
                        name="one_current_log_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("signature", models.CharField(max_length=128)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="heads",
                        to="portal.logkey",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("size", "key"), name="one_head_a_size_and_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="LogLeaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="leaf",
                        to="portal.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=250)),
                ("body", models.TextField()),
                ("url", models.CharField(blank=True, max_length=500)),
                ("in_app", models.BooleanField(default=True)),
                ("mail", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("feed", models.BooleanField(db_default=False, default=False)),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("now", "at once"),
                            ("daily", "in one mail a day"),
                            ("weekly", "in one mail a week"),
                        ],
                        db_default="now",
                        default="now",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("in_app", True), ("read_at", None)),
                        fields=["person"],
                        name="unread",
                    ),
                    models.Index(fields=["person", "-id"], name="notices_of_person"),
                    models.Index(
                        condition=models.Q(
                            ("mail", True), ("mailed_at", None), ("rhythm__in", ["daily", "weekly"])
                        ),
                        fields=["rhythm", "created_at"],
                        name="notices_for_digests",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("in_app", models.BooleanField(default=True)),
                ("mail", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice_choices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("feed", models.BooleanField(db_default=False, default=False)),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("now", "at once"),
                            ("daily", "in one mail a day"),
                            ("weekly", "in one mail a week"),
                        ],
                        db_default="now",
                        default="now",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "kind"), name="one_choice_per_notice_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "handle",
                    models.CharField(
                        error_messages={
                            "unique": "This handle is taken or reserved. Please choose another one."
                        },
                        max_length=40,
                        unique=True,
                        validators=[portal.people.handles.HandleGrammar()],
                        verbose_name="handle",
                    ),
                ),
                (
                    "opaque",
                    models.CharField(
                        default=portal.people.models.opaque_id,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "display_name",
                    models.CharField(blank=True, max_length=80, verbose_name="display name"),
                ),
                ("about", models.TextField(blank=True, max_length=2000, verbose_name="about")),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("is_demo", models.BooleanField(default=False, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "organisation",
                "verbose_name_plural": "organisations",
            },
        ),
        migrations.CreateModel(
            name="Licence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("family", models.SlugField(max_length=80)),
                ("hub_id", models.CharField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("imported", models.BooleanField(default=False)),
                ("source", models.URLField(blank=True)),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licence",
                        to="portal.document",
                    ),
                ),
                (
                    "licensor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licences",
                        to="portal.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "licence",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("imported", True), ("licensor__isnull", False), _connector="OR"
                        ),
                        name="licence_has_a_licensor_or_was_imported",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("terms", models.JSONField()),
                (
                    "document_version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licence_version",
                        to="portal.documentversion",
                    ),
                ),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="portal.licence",
                    ),
                ),
            ],
            options={
                "verbose_name": "licence version",
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("maintainer", "maintainer"),
                            ("member", "member"),
                        ],
                        default="member",
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                ("since", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="portal.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "person"), name="one_membership_each"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "maintainer", "member"])),
                        name="role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Namespace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("key", models.CharField(editable=False, max_length=40, unique=True)),
                ("released_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "person",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="namespace",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="namespace",
                        to="portal.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("organisation__isnull", True),
                                ("person__isnull", False),
                                ("released_at__isnull", True),
                            ),
                            models.Q(
                                ("organisation__isnull", False),
                                ("person__isnull", True),
                                ("released_at__isnull", True),
                            ),
                            models.Q(
                                ("organisation__isnull", True),
                                ("person__isnull", True),
                                ("released_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="namespace_has_one_owner_or_is_a_tombstone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("key", django.db.models.functions.text.Lower("name"))),
                        name="namespace_key_is_the_name_in_lower_case",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("maintainer", "maintainer"),
                            ("member", "member"),
                        ],
                        default="member",
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="portal.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "person"), name="one_invitation_each"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "maintainer", "member"])),
                        name="invitation_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_index=True, max_length=80)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("enacted", "enacted"),
                            ("pinned", "pinned by an operator"),
                            ("unpinned", "released by an operator"),
                        ],
                        max_length=8,
                    ),
                ),
                ("value", models.JSONField(null=True)),
                ("reason", models.TextField(max_length=2000)),
                ("cause", models.CharField(blank=True, max_length=200)),
                ("set_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.event",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("ref", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=250)),
                ("excerpt", models.CharField(blank=True, max_length=600)),
                ("url", models.CharField(max_length=500)),
                ("head", models.TextField()),
                ("words", models.TextField()),
                ("is_public", models.BooleanField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "ref"), name="one_search_entry_per_thing"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readers",
                        to="portal.searchentry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "entry"), name="one_search_reader_per_entry"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeFeed",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notice_feed",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("serial", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="DeviceLogin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("user_code", models.CharField(editable=False, max_length=8, unique=True)),
                ("client", models.CharField(editable=False, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved", "approved"),
                            ("denied", "denied"),
                            ("collected", "signed in"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("polled_at", models.DateTimeField(blank=True, null=True)),
                ("interval", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=80)),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("read", "read"),
                            ("write", "write"),
                            ("fineGrained", "fine-grained"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="device_login_ends")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "approved", "denied", "collected"])
                        ),
                        name="device_login_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", True), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="device_login_is_decided_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "login",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renewals",
                        to="portal.devicelogin",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renewals",
                        to="portal.accesstoken",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="organisation",
            name="members",
            field=models.ManyToManyField(
                related_name="organisations",
                through="portal.Membership",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
