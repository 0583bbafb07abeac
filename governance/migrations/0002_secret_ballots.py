"""Secret ballots: sealed ones of open polls, opened ones of closed polls.

On SQLite the table of sealed ballots is made WITHOUT ROWID: the hidden number of a row would give
back the order in which ballots came.
"""

from typing import Any

import django.db.models.deletion
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
    dependencies = [("governance", "0001_initial")]

    operations = [
        migrations.AddField("poll", "publishes", models.CharField(blank=True, max_length=10)),
        migrations.AddField("poll", "sealed_to", models.CharField(blank=True, max_length=64)),
        migrations.AddField("poll", "secret", models.BooleanField(default=False)),
        migrations.AddField("poll", "unsealed", models.BooleanField(default=False)),
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
        migrations.RunPython(drop_row_numbers, migrations.RunPython.noop, elidable=False),
    ]
