"""Norms, feedback, proposals, polls, elections and opinions.

One operation makes a table whole: after each, Django draws up all models that hang together anew.

On SQLite the table of sealed ballots is made WITHOUT ROWID: the hidden number of a row would give
back the order in which ballots came.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def drop_row_numbers(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    table = apps.get_model("governance", "SealedBallot")._meta.db_table
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
            "AND type IN ('table', 'index') ORDER BY type DESC",
            [table],
        )
        made = cursor.fetchall()
        cursor.execute(f'DROP TABLE "{table}"')
        for kind, sql in made:
            cursor.execute(f"{sql} WITHOUT ROWID" if kind == "table" else sql)


class Migration(migrations.Migration):
    replaces = [
        ("governance", "0001_initial"),
        ("governance", "0002_secret_ballots"),
        ("governance", "0003_elections"),
        ("governance", "0004_opinions"),
        ("governance", "0005_competing_amendments"),
        ("governance", "0006_votes_again"),
    ]

    initial = True

    dependencies = [
        ("portal", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedbackThread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("free", "anything"),
                            ("clause", "a clause of the norms"),
                            ("repo", "a repo"),
                            ("licence", "a licence"),
                            ("benchmark", "a benchmark"),
                        ],
                        default="free",
                        max_length=10,
                    ),
                ),
                ("target", models.CharField(blank=True, max_length=200)),
                ("title", models.CharField(max_length=160)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("merged", "merged"),
                            ("linked", "led to a proposal"),
                            ("declined", "declined"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("language", models.CharField(default="en", max_length=10)),
                ("created_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duplicates",
                        to="governance.feedbackthread",
                    ),
                ),
            ],
            options={
                "verbose_name": "feedback",
                "ordering": ["-last_at"],
                "indexes": [models.Index(fields=["about", "target"], name="feedback_on")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("state", "merged")),
                            models.Q(
                                models.Q(("state", "merged"), _negated=True), ("merged_into", None)
                            ),
                            _connector="OR",
                        ),
                        name="merged_feedback_says_into_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "declined"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="declined_feedback_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedbackPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(max_length=5000)),
                ("language", models.CharField(default="en", max_length=10)),
                ("erased", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="governance.feedbackthread",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Founding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("why_ended", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_founding")
                ],
            },
        ),
        migrations.CreateModel(
            name="FoundingDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("first", "adopted the first norms"),
                            ("adopted", "adopted a proposal"),
                            ("named", "named an officer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reasons", models.TextField(max_length=4000)),
                ("at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sign",
                    models.CharField(
                        choices=[
                            ("agree", "I agree"),
                            ("disagree", "I disagree"),
                            ("thanks", "Thank you"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reactions",
                        to="governance.feedbackthread",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("thread", "person"), name="one_reaction_a_person"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NormsVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("clauses", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("effective_at", models.DateTimeField()),
                ("grace_until", models.DateTimeField(null=True)),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="norms_version",
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
                (
                    "founding",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made_version",
                        to="governance.foundingdecision",
                    ),
                ),
                (
                    "parent",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="child",
                        to="governance.normsversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "norms version",
                "ordering": ["-number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("parent", None)),
                            models.Q(("number__gt", 1), ("parent__isnull", False)),
                            _connector="OR",
                        ),
                        name="norms_versions_have_a_parent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NormsCampaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaign",
                        to="governance.normsversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Election",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seats", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("nominating", "candidates are sought"),
                            ("voting", "voting"),
                            ("seated", "seats taken"),
                            ("failed", "failed"),
                        ],
                        default="nominating",
                        max_length=12,
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=40)),
                ("called_at", models.DateTimeField()),
                ("nominations_until", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "election",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "nominating")),
                        fields=("state",),
                        name="one_election_seeks_candidates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["nominating", "voting", "seated", "failed"])
                        ),
                        name="election_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidacy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("employer", models.CharField(blank=True, max_length=120)),
                ("statement", models.TextField(blank=True, max_length=5000)),
                ("language", models.CharField(default="en", max_length=10)),
                ("nominated_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "nominated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "election",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="candidacies",
                        to="governance.election",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("election", "person"), name="one_candidacy_a_person"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
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
                            ("committee", "committee member"),
                            ("moderator", "moderator"),
                            ("returns_officer", "returns officer"),
                            ("auditor", "auditor"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("elected", "elected"),
                            ("counted_back", "next in the count, after a vacancy"),
                            ("co_opted", "co-opted by the committee until the next election"),
                            ("appointed", "appointed by the committee"),
                            ("founder", "named by a founder"),
                        ],
                        max_length=14,
                    ),
                ),
                ("cause", models.CharField(max_length=40)),
                ("employer", models.CharField(blank=True, max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("why_revoked", models.CharField(blank=True, max_length=200)),
                (
                    "election",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="governance.election",
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["role", "ends_at", "pk"],
                "indexes": [models.Index(fields=["role", "ends_at"], name="grants_in_force")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="terms_end_after_they_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
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
                            ("committee", "committee member"),
                            ("moderator", "moderator"),
                            ("returns_officer", "returns officer"),
                            ("auditor", "auditor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("employer", models.CharField(blank=True, max_length=120)),
                ("reasons", models.TextField(max_length=4000)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointment",
                        to="governance.rolegrant",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Assent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assents",
                        to="governance.appointment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("appointment", "person"), name="one_assent_a_member"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
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
                        choices=[
                            ("amendment", "amendment"),
                            ("operational", "operational"),
                            ("election", "election"),
                            ("recall", "recall"),
                            ("ratification", "ratification"),
                        ],
                        default="amendment",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("seeking_support", "seeking support"),
                            ("deliberation", "deliberation"),
                            ("frozen", "frozen"),
                            ("voting", "voting"),
                            ("passed", "passed"),
                            ("rejected", "rejected"),
                            ("no_quorum", "no quorum"),
                            ("tied", "tied"),
                            ("enacted", "enacted"),
                            ("conflicted", "in conflict"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("deliberation_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "feedback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="governance.feedbackthread",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="governance.rolegrant",
                    ),
                ),
                (
                    "rival_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rivals",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["state", "ends_at"], name="proposals_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "draft",
                                    "seeking_support",
                                    "deliberation",
                                    "frozen",
                                    "voting",
                                    "passed",
                                    "rejected",
                                    "no_quorum",
                                    "tied",
                                    "enacted",
                                    "conflicted",
                                    "withdrawn",
                                    "expired",
                                ],
                            )
                        ),
                        name="proposal_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("clause", models.CharField(blank=True, max_length=12)),
                ("text", models.TextField(max_length=5000)),
                ("language", models.CharField(default="en", max_length=10)),
                ("erased", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CoAuthor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coauthors",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "person"), name="one_coauthorship")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposalRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=160)),
                ("reasons", models.TextField(max_length=10000)),
                ("language", models.CharField(default="en", max_length=10)),
                ("patch", models.JSONField(default=list)),
                ("policies", models.JSONField(default=dict)),
                ("sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposed_on",
                        to="governance.normsversion",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["proposal", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("proposal", "number"), name="one_revision_a_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Poll",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("question_en", models.CharField(max_length=200)),
                ("question_zh", models.CharField(max_length=200)),
                ("method", models.CharField(max_length=20)),
                ("rule", models.JSONField(default=dict)),
                ("rule_hash", models.CharField(blank=True, max_length=64)),
                ("rule_class", models.CharField(blank=True, max_length=20)),
                ("options", models.JSONField(default=list)),
                ("options_hash", models.CharField(blank=True, max_length=64)),
                ("electorate_hash", models.CharField(blank=True, max_length=64)),
                ("electorate_size", models.PositiveIntegerField(default=0)),
                ("excluded", models.JSONField(default=dict)),
                ("seed", models.CharField(blank=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("opening", "opening"),
                            ("open", "open"),
                            ("closing", "being counted"),
                            ("tallied", "counted"),
                            ("certified", "certified"),
                            ("annulled", "annulled"),
                        ],
                        default="scheduled",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("lasts", models.DurationField(null=True)),
                ("opens_at", models.DateTimeField(null=True)),
                ("closes_at", models.DateTimeField(null=True)),
                ("certifies_at", models.DateTimeField(null=True)),
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
                    "proposal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="polls",
                        to="governance.proposal",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.proposalrevision",
                    ),
                ),
                ("publishes", models.CharField(blank=True, max_length=10)),
                ("sealed_to", models.CharField(blank=True, max_length=64)),
                ("secret", models.BooleanField(default=False)),
                ("unsealed", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "poll",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["state", "closes_at"], name="polls_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "scheduled",
                                    "opening",
                                    "open",
                                    "closing",
                                    "tallied",
                                    "certified",
                                    "annulled",
                                ],
                            )
                        ),
                        name="poll_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_at", None),
                            ("closes_at__gt", models.F("opens_at")),
                            _connector="OR",
                        ),
                        name="polls_close_after_they_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["certified", "annulled"]), _negated=True),
                        fields=("proposal",),
                        name="one_poll_at_a_time_on_a_proposal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ElectorateEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pseudonym", models.CharField(max_length=32)),
                ("why", models.CharField(max_length=40)),
                ("ballot", models.CharField(blank=True, max_length=32)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="electorate",
                        to="governance.poll",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "person"), name="one_slot_a_voter"),
                    models.UniqueConstraint(
                        fields=("poll", "pseudonym"), name="one_slot_a_pseudonym"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("choice", models.JSONField()),
                ("nonce", models.CharField(max_length=32)),
                ("commitment", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.event",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="governance.ballot",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ballots",
                        to="governance.electorateentry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaces", None)),
                        fields=("entry",),
                        name="one_first_ballot_a_slot",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UntoldBallot",
            fields=[
                (
                    "ballot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="untold",
                        serialize=False,
                        to="governance.ballot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PollResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outcome", models.CharField(max_length=12)),
                ("cast", models.PositiveIntegerField()),
                ("input_hash", models.CharField(max_length=64)),
                ("rule", models.JSONField()),
                ("seed_head", models.TextField(blank=True)),
                ("record", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.event",
                    ),
                ),
                (
                    "poll",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="result",
                        to="governance.poll",
                    ),
                ),
                (
                    "winner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.proposal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("deed", models.CharField(max_length=20)),
                ("before", models.CharField(blank=True, max_length=16)),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("seeking_support", "seeking support"),
                            ("deliberation", "deliberation"),
                            ("frozen", "frozen"),
                            ("voting", "voting"),
                            ("passed", "passed"),
                            ("rejected", "rejected"),
                            ("no_quorum", "no quorum"),
                            ("tied", "tied"),
                            ("enacted", "enacted"),
                            ("conflicted", "in conflict"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                        ],
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
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
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Support",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="support",
                        to="governance.proposalrevision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("revision", "person"), name="one_support")
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenedBallot",
            fields=[
                ("commitment", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("choice", models.JSONField()),
                ("nonce", models.CharField(max_length=32)),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.poll",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SealedBallot",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.poll",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=140)),
                ("language", models.CharField(default="en", max_length=10)),
                ("erased", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="governance.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sign",
                    models.SmallIntegerField(choices=[(1, "agree"), (-1, "disagree"), (0, "pass")]),
                ),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinions",
                        to="governance.statement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("statement", "person"), name="one_opinion_a_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sign__in", [-1, 0, 1])), name="opinion_sign_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contender",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule_class", models.CharField(blank=True, max_length=20)),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contenders",
                        to="governance.poll",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contests",
                        to="governance.proposal",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.proposalrevision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("poll", "proposal"), name="one_option_a_proposal"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="normsversion",
            name="proposal",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made_version",
                to="governance.proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="normsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("proposal__isnull", False), ("founding__isnull", False), _connector="OR"
                ),
                name="norms_were_adopted_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="election",
            name="poll",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="election",
                to="governance.poll",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="revision",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="governance.proposalrevision",
            ),
        ),
        migrations.RunPython(drop_row_numbers, migrations.RunPython.noop, elidable=False),
    ]
