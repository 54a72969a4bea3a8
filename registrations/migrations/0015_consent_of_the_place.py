"""What somebody agreed to last stands in their registration; `Consent` keeps what was before it."""

import uuid

from django.db import migrations, models

import registrations.models.registration

TO_THE_PLACE = """
    WITH last AS (
        SELECT DISTINCT ON (registration_id) id, registration_id, text_version, language, at
        FROM registrations_consent ORDER BY registration_id, at DESC, id DESC
    ), moved AS (
        UPDATE registrations_registration AS place
        SET consent_version = last.text_version, consent_language = last.language,
            consented_at = last.at
        FROM last WHERE place.id = last.registration_id
        RETURNING last.id
    )
    DELETE FROM registrations_consent WHERE id IN (SELECT id FROM moved)
"""
BACK = """
    INSERT INTO registrations_consent (registration_id, text_version, language, at)
    SELECT id, consent_version, consent_language, consented_at
    FROM registrations_registration WHERE consented_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registrations", "0014_look_up_by_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="consent_version",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="The words they agreed to; empty until they did.",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="consent_language",
            field=models.CharField(blank=True, editable=False, max_length=5),
        ),
        migrations.AddField(
            model_name="registration",
            name="consented_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="registration",
            name="uuid",
            field=registrations.models.registration.ToldUUIDField(
                default=uuid.uuid4, editable=False, unique=True
            ),
        ),
        migrations.RunSQL(TO_THE_PLACE, BACK),
    ]
