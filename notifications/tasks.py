"""Celery's doors to the acts. Each may run any number of times, anywhere, at once."""

from __future__ import annotations

from time import monotonic

from celery import shared_task

from notifications import heartbeats, outbox, sweeping, wake
from notifications.models import Lane

DRAIN_SECONDS = 20


@shared_task
def tick() -> None:
    """Do what the clock asks for, then send it."""
    heartbeats.beat("tick")
    try:
        sweeping.tick()
    finally:  # whatever it could not do, what is ready goes out
        drain_urgent.apply_async(expires=10, retry=False)
        drain.apply_async(expires=10, retry=False)


@shared_task
def drain() -> None:
    """Send whatever is ready."""
    heartbeats.beat("bulk")
    outbox.drain(until=monotonic() + DRAIN_SECONDS)


@shared_task
def drain_urgent() -> None:
    """Send the urgent lane only, so that a confirmation never waits behind a large wave."""
    until = monotonic() + DRAIN_SECONDS
    heartbeats.beat("urgent")
    for _look in wake.looks():
        outbox.drain(lane=Lane.URGENT, until=until)
