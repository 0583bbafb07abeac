"""Repos, their history and content, Xet, uploads and discussions.

One operation makes a table whole: after each, Django draws up all models that hang together anew.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import models_registry.models.fields
import models_registry.models.xet


class Migration(migrations.Migration):
    replaces = [
        ("models_registry", "0001_initial"),
        ("models_registry", "0002_initial"),
        ("models_registry", "0003_xet_and_discussions"),
        ("models_registry", "0004_likes"),
        ("models_registry", "0005_guests_pay_for_what_they_propose"),
        ("models_registry", "0006_copies_and_results"),
        ("models_registry", "0007_commits_out_of_reach"),
    ]

    initial = True

    dependencies = [
        ("portal", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blob",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.PositiveBigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Repo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("model", "model"), ("dataset", "dataset")],
                        default="model",
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=96, verbose_name="name")),
                ("key", models.CharField(editable=False, max_length=193)),
                (
                    "visibility",
                    models.CharField(
                        choices=[("public", "public"), ("private", "private")],
                        default="public",
                        max_length=8,
                        verbose_name="visibility",
                    ),
                ),
                (
                    "gated",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "open to everyone who may see it"),
                            ("auto", "access after agreeing"),
                            ("manual", "access after approval"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="access",
                    ),
                ),
                (
                    "default_branch",
                    models.CharField(default="main", editable=False, max_length=120),
                ),
                ("head_oid", models.CharField(blank=True, editable=False, max_length=40)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("last_number", models.PositiveIntegerField(default=0, editable=False)),
                ("object_bytes", models.BigIntegerField(default=0, editable=False)),
                ("downloads", models.PositiveBigIntegerField(default=0, editable=False)),
                ("card", models.JSONField(blank=True, default=dict, editable=False)),
                ("card_oid", models.CharField(blank=True, editable=False, max_length=40)),
                ("card_licence", models.CharField(blank=True, editable=False, max_length=64)),
                ("library_name", models.CharField(blank=True, editable=False, max_length=64)),
                ("pipeline_tag", models.CharField(blank=True, editable=False, max_length=64)),
                ("weights", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "licence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repos",
                        to="portal.licenceversion",
                        verbose_name="licence",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repos",
                        to="portal.namespace",
                    ),
                ),
                ("likes", models.PositiveIntegerField(default=0, editable=False)),
                ("results_oid", models.CharField(blank=True, editable=False, max_length=40)),
            ],
            options={
                "verbose_name": "repo",
                "verbose_name_plural": "repos",
                "indexes": [
                    models.Index(fields=["kind", "-updated_at", "-id"], name="repo_newest"),
                    models.Index(fields=["kind", "-downloads", "-id"], name="repo_most_fetched"),
                    models.Index(fields=["kind", "-created_at", "-id"], name="repo_youngest"),
                    models.Index(
                        fields=["namespace", "kind", "-updated_at"], name="repo_of_namespace"
                    ),
                    models.Index(fields=["kind", "-likes", "-id"], name="repo_most_liked"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="one_repo_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["public", "private"])),
                        name="repo_visibility_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gated__in", ["", "auto", "manual"])),
                        name="repo_gate_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessRequest",
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
                            ("pending", "pending"),
                            ("accepted", "accepted"),
                            ("rejected", "rejected"),
                            ("reset", "reset: may ask again"),
                            ("withdrawn", "withdrawn by the person"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("share_email", models.BooleanField(default=False)),
                ("granted", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("may_ask_again_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "verbose_name": "access request",
                "verbose_name_plural": "access requests",
                "indexes": [
                    models.Index(fields=["repo", "state", "-asked_at"], name="access_request_list")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "person"), name="one_access_request_each"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["pending", "accepted", "rejected", "reset", "withdrawn"])
                        ),
                        name="access_request_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BaseLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("named", models.CharField(max_length=193)),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("finetune", "fine-tune"),
                            ("adapter", "adapter"),
                            ("merge", "merge"),
                            ("quantized", "quantized"),
                            ("copy", "copy"),
                        ],
                        default="finetune",
                        max_length=12,
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="derived_links",
                        to="models_registry.repo",
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="base_links",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["named"], name="baselink_named")],
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "named"), name="one_link_a_base")
                ],
            },
        ),
        migrations.CreateModel(
            name="Com",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("oid", models_registry.models.fields.OidField()),
                ("tree", models_registry.models.fields.OidField()),
                ("gen", models.PositiveIntegerField()),
                ("when", models.DateTimeField()),
                ("title", models.CharField(max_length=250)),
                ("on_default", models.BooleanField(default=False)),
                ("appended", models.BooleanField(default=False)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="commits",
                        to="models_registry.repo",
                    ),
                ),
                ("unreached_since", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("on_default", True)),
                        fields=["repo", "-gen"],
                        name="commit_on_default",
                    ),
                    models.Index(
                        condition=models.Q(("unreached_since__isnull", False)),
                        fields=["repo"],
                        name="commit_unreached",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "oid"), name="one_commit_an_oid")
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitParent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n", models.PositiveSmallIntegerField(default=0)),
                (
                    "com",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parent_links",
                        to="models_registry.com",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="child_links",
                        to="models_registry.com",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("com", "n"), name="one_parent_a_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="ComObj",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("oid", models_registry.models.fields.OidField()),
                (
                    "com",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="new_objects",
                        to="models_registry.com",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("com", "oid"), name="one_new_object_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Download",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("reader", models.CharField(max_length=32)),
                ("path_hash", models.CharField(max_length=32)),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "day", "reader", "path_hash"), name="one_download_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Obj",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("oid", models_registry.models.fields.OidField()),
                ("type", models.PositiveSmallIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("data", models.BinaryField(null=True)),
                ("base", models_registry.models.fields.OidField(null=True)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("delta_size", models.PositiveIntegerField(null=True)),
                ("store_key", models.CharField(max_length=64, null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("lfs", models.CharField(blank=True, max_length=64)),
                ("lfs_size", models.PositiveBigIntegerField(null=True)),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "oid"), name="one_object_an_oid"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("data__isnull", False), ("store_key__isnull", True)),
                            models.Q(("data__isnull", True), ("store_key__isnull", False)),
                            _connector="OR",
                        ),
                        name="object_is_here_or_in_the_store",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("base__isnull", True), ("step", 0)),
                            models.Q(("base__isnull", False), ("type", 2)),
                            _connector="OR",
                        ),
                        name="only_trees_are_deltas",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PathDelta",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=1024)),
                ("gen", models.PositiveIntegerField()),
                ("oid", models_registry.models.fields.OidField(null=True)),
                ("whole", models.BooleanField(default=False)),
                (
                    "com",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="path_deltas",
                        to="models_registry.com",
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "path", "gen"), name="one_delta_a_commit"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Ref",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("message", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="refs",
                        to="models_registry.com",
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refs",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "name"), name="one_ref_a_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoBlob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pushed_at", models.DateTimeField()),
                ("linked_at", models.DateTimeField(null=True)),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owners",
                        to="models_registry.blob",
                    ),
                ),
                (
                    "charged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.namespace",
                    ),
                ),
                (
                    "pushed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blobs",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "blob"), name="one_owner_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoRedirect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("model", "model"), ("dataset", "dataset")], max_length=8
                    ),
                ),
                ("key", models.CharField(max_length=193)),
                ("since", models.DateTimeField()),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="one_redirect_a_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tag", models.CharField(max_length=200)),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tag", "repo"), name="one_tag_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Retained",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=120)),
                ("since", models.DateTimeField()),
                (
                    "com",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retained",
                        to="models_registry.com",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("com", "reason"), name="one_reason_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField(db_index=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="models_registry.repo",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "person"), name="one_watch_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Xorb",
            fields=[
                ("hash", models_registry.models.xet.HashField(primary_key=True, serialize=False)),
                ("size", models.PositiveIntegerField()),
                ("raw_size", models.PositiveIntegerField()),
                ("chunks", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField()),
                ("unused_since", models.DateTimeField(blank=True, null=True)),
                ("doomed_at", models.DateTimeField(blank=True, null=True)),
                ("damaged_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Discussion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("is_pull_request", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("open", "open"),
                            ("closed", "closed"),
                            ("merged", "merged"),
                        ],
                        default="open",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("merged_oid", models.CharField(blank=True, editable=False, max_length=40)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="discussions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discussions",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["repo", "state", "-updated_at"], name="discussion_of_repo")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "number"), name="one_discussion_a_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "open", "closed", "merged"])),
                        name="discussion_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_pull_request", True),
                            ("state__in", ["open", "closed"]),
                            _connector="OR",
                        ),
                        name="only_pull_requests_merge",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "merged"), ("merged_oid", ""), _connector="XOR"
                        ),
                        name="merged_names_its_commit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscussionEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("comment", "comment"),
                            ("status-change", "status change"),
                            ("title-change", "title change"),
                            ("commit", "commit"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("data", models.JSONField(blank=True, default=dict)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("hidden_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "discussion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="models_registry.discussion",
                    ),
                ),
                (
                    "hidden_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["discussion", "id"], name="entry_of_discussion")],
            },
        ),
        migrations.CreateModel(
            name="CommentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="models_registry.discussionentry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="XetFile",
            fields=[
                ("hash", models_registry.models.xet.HashField(primary_key=True, serialize=False)),
                ("terms", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="xet_files",
                        to="models_registry.blob",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="XetFileXorb",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.xetfile",
                    ),
                ),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="models_registry.xorb",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("file", "xorb"), name="one_need_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="XetChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models_registry.models.xet.HashField()),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.xorb",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("hash", "xorb"), name="one_chunk_a_xorb")
                ],
            },
        ),
        migrations.CreateModel(
            name="XorbSent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.repo",
                    ),
                ),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="senders",
                        to="models_registry.xorb",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "xorb"), name="one_xorb_sent_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Like",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="likes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="liked_by",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "person"), name="one_like_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="GuestShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.PositiveBigIntegerField(default=0)),
                (
                    "charged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.namespace",
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo", "charged"), name="one_share_a_guest")
                ],
            },
        ),
        migrations.CreateModel(
            name="EvalResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filename", models.CharField(max_length=255)),
                ("place", models.PositiveSmallIntegerField()),
                ("dataset", models.CharField(blank=True, max_length=193)),
                ("value", models.FloatField(null=True)),
                ("data", models.JSONField(default=dict)),
                ("verified", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "repo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="models_registry.repo",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["dataset", "-verified", "-value"], name="result_of_dataset"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "filename", "place"), name="one_result_a_place"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="repo",
            name="base_repos",
            field=models.ManyToManyField(
                related_name="derived_repos",
                through="models_registry.BaseLink",
                through_fields=("repo", "base"),
                to="models_registry.repo",
            ),
        ),
        migrations.AddField(
            model_name="xetfile",
            name="xorbs",
            field=models.ManyToManyField(
                related_name="files",
                through="models_registry.XetFileXorb",
                to="models_registry.xorb",
            ),
        ),
    ]
