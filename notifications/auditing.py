"""Compares webinars, registrations, waves and deliveries, and names whatever is unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from notifications import expansion, planning
from notifications.leases import LOST_AFTER
from notifications.models import Delivery, Wave
from notifications.sweeping import lacking_confirmation, lacking_farewell
from notifications.watching import refused_share, stalled
from webinars import times
from webinars.models import Webinar

GRACE = timedelta(minutes=2)
RECENT = timedelta(days=1)


def unexplained() -> Iterator[str]:
    """A sentence for each thing that should not be so; nothing when all is well."""
    yield from _count("registrations without a confirmation", lacking_confirmation())
    yield from _count("cancelled registrations without a farewell", lacking_farewell())
    yield from _count(
        "waves missed", Wave.objects.filter(state=Wave.State.MISSED, expires_at__gt=Now() - RECENT)
    )
    yield from _count(
        "waves overdue for expansion",
        Wave.objects.planned().filter(expand_at__lt=Now() - GRACE),
    )
    yield from _count("deliveries waiting though they are due", stalled())
    if share := refused_share():
        yield f"refused for good by the relay in the last hour: {share:.0%}"
    yield from _count(
        "deliveries expired unsent",
        Delivery.objects.filter(state=Delivery.State.EXPIRED, settled_at__gt=Now() - RECENT),
    )
    yield from _count("deliveries given up", Delivery.objects.filter(state=Delivery.State.DEAD))
    yield from _count(
        "deliveries held by lost senders",
        Delivery.objects.held().filter(sender__renewed_at__lt=Now() - LOST_AFTER * 3),
    )
    yield from _count("deliveries held by nobody", Delivery.objects.held().filter(sender=None))
    yield from _lacking_waves()
    yield from _forgotten()


def _count(what: str, rows: QuerySet[Any]) -> Iterator[str]:
    if number := rows.count():
        yield f"{what}: {number}"


def _lacking_waves() -> Iterator[str]:
    upcoming = Webinar.objects.filter(published_at__isnull=False, ends_at__gt=Now())
    for webinar in upcoming.prefetch_related("reminder_rules", "waves"):
        if number := len(list(planning.lacking(webinar))):
            yield f"waves that webinar {webinar.pk} lacks: {number}"


def _forgotten() -> Iterator[str]:
    """People who belong to an expanded wave, for some minutes now, and have no delivery."""
    recent = Wave.objects.filter(state=Wave.State.EXPANDED, due_at__gt=times.now() - RECENT)
    for wave in recent.filter(expanded_at__lt=times.now() - GRACE):
        if number := expansion.absent(wave, unchanged_since=times.now() - GRACE):
            yield f"people whom wave {wave.pk} forgot: {number}"
