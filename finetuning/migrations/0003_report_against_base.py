"""A report keeps how its model compares with the base."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("finetuning", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluationreport",
            name="against_base",
            field=models.JSONField(default=dict),
        ),
    ]
