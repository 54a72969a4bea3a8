"""Whether the pipeline is alive, and help when it is not. Independent of Celery and Redis."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from notifications import heartbeats, outbox, sweeping
from notifications.alarms import alarm
from notifications.models import Delivery, Sender
from webinars import times

log = logging.getLogger(__name__)

LATE = timedelta(seconds=5)
STALLED = timedelta(seconds=90)
TICK_LOST = timedelta(seconds=30)
LATELY = timedelta(hours=1)
FEW = 5
ALARMING_SHARE = 0.02
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
    for problem in trouble():
        alarm(problem)
    return count


def tick_is_lost() -> bool:
    """Whether neither beat nor a worker has ticked for a while."""
    at = heartbeats.last("tick")
    return at is None or at < times.now() - TICK_LOST


def is_late() -> bool:
    late = Delivery.objects.ready().filter(next_attempt_at__lt=Now() - LATE)
    return late.order_by("lane", "next_attempt_at").values_list("pk").first() is not None


def anybody_is_at_work() -> bool:
    """Whether any sender claimed something in the last seconds."""
    return Sender.objects.filter(claimed_at__gt=Now() - LATE).exists()


def trouble() -> Iterator[str]:
    """What an operator must hear of; nothing when the mail flows."""
    if stalled().exists() and not _handed_over_lately():
        yield "Messages have been due for more than 90 seconds, and none goes out."
    if share := refused_share():
        yield f"The mail relay refused {share:.0%} of the last hour's messages for good."


def stalled() -> QuerySet[Delivery]:
    """Never tried though due for long. A relay that is away keeps moving `next_attempt_at`."""
    since = Now() - STALLED
    return Delivery.objects.filter(
        state=Delivery.State.READY,
        next_attempt_at__lt=Now() + STALLED,
        due_at__lt=since,
        created_at__lt=since,
        deferrals=0,
        expires_at__gt=Now(),
    )


def refused_share() -> float:
    """Of the last hour's hand-overs, how many were refused; 0 while that is not alarming."""
    lately = Delivery.objects.filter(settled_at__gt=Now() - LATELY)
    counts = dict(
        lately.filter(state__in=[Delivery.State.FAILED, *Delivery.HANDED_OVER])
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    refused, all_of_them = counts.get(Delivery.State.FAILED, 0), sum(counts.values())
    is_alarming = refused >= FEW and refused > all_of_them * ALARMING_SHARE
    return refused / all_of_them if is_alarming else 0


def _handed_over_lately() -> bool:
    return Delivery.objects.handed_over().filter(settled_at__gt=Now() - STALLED).exists()
