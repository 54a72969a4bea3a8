"""The Celery application. Celery and Redis only carry wake-ups: PostgreSQL is the schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("patient_webinars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
