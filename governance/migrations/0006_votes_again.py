"""A proposal may be voted on again, one poll at a time.

SQLite rebuilds the table for it, and renames none while a trigger of another table names the one
that is gone; so these are set aside first. After every migrate all triggers are installed anew.
"""

import django.db.models.deletion
from django.db import migrations, models


def set_aside(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%governance_poll %'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_competing_amendments")]

    operations = [
        migrations.RunPython(set_aside, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="poll",
            name="proposal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="governance.proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["certified", "annulled"]), _negated=True),
                fields=("proposal",),
                name="one_poll_at_a_time_on_a_proposal",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, set_aside),  # on the way back
    ]
