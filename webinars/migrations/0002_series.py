import django.db.models.deletion
from django.db import migrations, models

import webinars.models


class Migration(migrations.Migration):
    dependencies = [
        ("webinars", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=webinars.models.new_code, editable=False, max_length=8, unique=True
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="As the public list of sessions names it.", max_length=120
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series",
                "ordering": ["title", "pk"],
            },
        ),
        migrations.AddField(
            model_name="webinar",
            name="series",
            field=models.ForeignKey(
                blank=True,
                help_text="Calendars can subscribe to a series.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="webinars",
                to="webinars.series",
            ),
        ),
    ]
