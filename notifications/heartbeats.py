"""Signs of life of the pipeline's parts, and turns that only one process at a time may take."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from notifications.models import Heartbeat


def beat(name: str) -> None:
    """Note that this part is alive."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def is_fresh(name: str, span: timedelta) -> bool:
    """Whether this part was alive within that span."""
    return Heartbeat.objects.filter(name=name, at__gt=Now() - span).exists()


def rest(name: str, span: timedelta) -> None:
    """Ask every process to leave this alone for a while. Anybody may ask for longer."""
    Heartbeat.objects.bulk_create([Heartbeat(name=name, at=Now())], ignore_conflicts=True)
    Heartbeat.objects.filter(name=name, at__lt=Now() + span).update(at=Now() + span)


def rests(name: str) -> bool:
    """Whether somebody asked to leave it alone until later than now."""
    return Heartbeat.objects.filter(name=name, at__gt=Now()).exists()


def is_time_for(name: str, every: timedelta) -> bool:
    """Whether it is this caller's turn: True for one caller in each `every`."""
    if Heartbeat.objects.filter(name=name, at__lte=Now() - every).update(at=Now()):
        return True
    return Heartbeat.objects.get_or_create(name=name)[1]
