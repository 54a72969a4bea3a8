"""The Celery application. Celery and Redis only carry wake-ups: PostgreSQL is the schedule."""

import gc
import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("patient_webinars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def forget_what_stays(**_: object) -> None:
    """What is loaded by now never becomes garbage: the collector need not look through it again,
    while all of a sender's connections wait (90 ms each time).
    """
    gc.collect()
    gc.freeze()
