"""Whether the pipeline is alive, and help when it is not. Independent of Celery and Redis."""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic

from django.core.mail import mail_admins
from django.db.models.functions import Now

from notifications import heartbeats, outbox, sweeping
from notifications.models import Delivery, Sender
from webinars import times

log = logging.getLogger(__name__)

LATE = timedelta(seconds=5)
STALLED = timedelta(seconds=90)
TICK_LOST = timedelta(seconds=30)
ALARM_EVERY = timedelta(minutes=15)
DRAIN_SECONDS = 20


def watch_once() -> int:
    """Send what is late while nobody else does; raise the alarm. Returns how many were sent."""
    heartbeats.beat("watch")
    if tick_is_lost():
        sweeping.tick()
    count = 0
    if is_late() and not anybody_is_at_work():
        log.warning("deliveries are late and nobody is sending: sending them here")
        count = outbox.drain(until=monotonic() + DRAIN_SECONDS)
    if problem := trouble():
        alarm(problem)
    return count


def tick_is_lost() -> bool:
    """Whether neither beat nor a worker has ticked for a while."""
    at = heartbeats.last("tick")
    return at is None or at < times.now() - TICK_LOST


def is_late(by: timedelta = LATE) -> bool:
    return Delivery.objects.ready().filter(next_attempt_at__lt=Now() - by).exists()


def anybody_is_at_work() -> bool:
    """Whether any sender claimed something in the last seconds."""
    return Sender.objects.filter(claimed_at__gt=Now() - LATE).exists()


def trouble() -> str:
    """What an operator must hear of; empty when the mail flows."""
    return "Messages have been due for more than 90 seconds." if is_late(STALLED) else ""


def alarm(problem: str) -> None:
    """Say it in the log and to ADMINS, not more often than each quarter of an hour."""
    if not heartbeats.is_time_for("alarm", ALARM_EVERY):
        return
    log.error("ALARM: %s", problem)
    try:
        mail_admins("Patient Webinars: mail is stalled", problem, fail_silently=True)
    except OSError as error:
        log.error("the alarm could not be mailed: %s", type(error).__name__)
