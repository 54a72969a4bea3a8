"""Gives the consent's language to whoever ran the first form of 0015, which had no column for it."""

from __future__ import annotations

from django.db import migrations

# Where 0015 made the column, this finds nothing to do. The language they are written to in is the
# best guess at the one in which they agreed: most never change it.
LANGUAGE = """
    ALTER TABLE registrations_registration
    ADD COLUMN IF NOT EXISTS consent_language varchar(5) NOT NULL DEFAULT '';
    ALTER TABLE registrations_registration ALTER COLUMN consent_language DROP DEFAULT;
    UPDATE registrations_registration SET consent_language = language
    WHERE consented_at IS NOT NULL AND consent_language = '';
"""


class Migration(migrations.Migration):
    dependencies = [("registrations", "0015_consent_of_the_place")]

    operations = [migrations.RunSQL(LANGUAGE, migrations.RunSQL.noop)]
