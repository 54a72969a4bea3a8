"""Help when the pipeline stands still, and the alarm. Independent of Celery and Redis.

Three acts, each run in a loop of its own by `manage.py watch`: none waits for another's relay,
table or mail. What counts as trouble is `troubles`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic

from django.db.models.functions import Now

from notifications import alarms, claims, heartbeats, outbox, restoring, sweeping
from notifications.leases import RENEW_SECONDS
from notifications.models import Delivery, Lane, Sender
from notifications.troubles import trouble

log = logging.getLogger(__name__)

LATE = timedelta(seconds=5)
TICK_LOST = timedelta(seconds=6)  # beat's comes every five
SENDER_LOST = timedelta(seconds=2 * RENEW_SECONDS)
SENDER_IDLE = timedelta(minutes=1)
BETWEEN_DRAINS = timedelta(seconds=2)
KIND_LOST = timedelta(seconds=30)  # a drain takes twenty
DRAIN_SECONDS = 5  # then look again whether somebody else is at work

State = Delivery.State


def watch_once() -> int:
    """All of it, one after the other. Returns how many messages were worked on."""
    tick_if_lost()
    count = send_if_late()
    look()
    return count


def look() -> None:
    """Say that somebody watches, and raise the alarm for whatever is wrong."""
    heartbeats.beat("watch")
    restoring.is_held()
    for problem in trouble():
        alarms.alarm(problem)
    alarms.mail_waiting()


def tick_if_lost() -> None:
    """Do what the clock asks for, where beat or the workers have not for too long."""
    if not heartbeats.is_fresh("tick", TICK_LOST):
        sweeping.tick()


def send_if_late() -> int:
    """Send what is late while nobody else does. Returns how many were worked on."""
    lane = lane_to_help()
    if lane is None:
        return 0
    count = outbox.drain(lane=lane, until=monotonic() + DRAIN_SECONDS)
    if count:
        log.warning("nobody sent what was late: %s deliveries were worked on here", count)
    return count


def lane_to_help() -> Lane | None:
    """Up to which lane somebody must send what is late; None while others are at it.

    Where one kind of workers is gone for longer, what is theirs is late while the other's flows.
    """
    if not claims.is_anything_due(lane=Lane.BULK, late_by=LATE):
        return None
    if not is_anybody_at_work():
        return Lane.BULK
    if not heartbeats.is_fresh("bulk", KIND_LOST) and _is_slow_mail_late():
        return Lane.BULK
    is_urgent_late = claims.is_anything_due(lane=Lane.URGENT, late_by=LATE)
    if is_urgent_late and not heartbeats.is_fresh("urgent", KIND_LOST):
        return Lane.URGENT
    return None


def is_anybody_at_work() -> bool:
    """Whether a sender lives that claimed something lately, or one has just ended.

    A slow relay keeps a sender from claiming for a while; one that hangs for a minute is helped.
    """
    senders = Sender.objects.filter(
        renewed_at__gt=Now() - SENDER_LOST, claimed_at__gt=Now() - SENDER_IDLE
    )
    if senders.exists():
        return True
    worked_on = Delivery.objects.filter(state__in=[*Delivery.HANDED_OVER, State.FAILED])
    return worked_on.filter(settled_at__gt=Now() - BETWEEN_DRAINS).exists()


def _is_slow_mail_late() -> bool:
    slow = Delivery.objects.ready().filter(lane__gt=Lane.URGENT)
    return slow.filter(next_attempt_at__lt=Now() - LATE).exists()
