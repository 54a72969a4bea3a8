"""Compares webinars, registrations, waves and deliveries, and names whatever is unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from notifications import expansion, planning, restoring, resuming
from notifications.models import Delivery, Sender, Wave
from notifications.sweeping import (
    lacking_confirmation,
    lacking_farewell,
    lacking_notice,
    lacking_question,
    lacking_title,
)
from notifications.troubles import given_up, lost, missed, refused_share, stalled
from registrations.models import Registration, Seats
from webinars import times
from webinars.models import Webinar

GRACE = timedelta(minutes=2)
RECENT = timedelta(days=1)
LONGEST_HAND_OVER = timedelta(minutes=15)  # ten for the relay's last answer, and what led to it

State = Delivery.State


def unexplained() -> Iterator[str]:
    """A sentence for each thing that should not be so; nothing when all is well."""
    if why := restoring.why_held():
        yield why
        yield resuming.ERASE_AGAIN
    yield from _unwritten()
    yield from _unsent()
    yield from _lacking_waves()
    yield from _seats()
    yield from _forgotten()


def _unwritten() -> Iterator[str]:
    """What should have become a delivery, or a wave's deliveries."""
    yield from _count("registrations without a confirmation", lacking_confirmation())
    yield from _count("people who wait and were not told so", lacking_notice())
    yield from _count("cancelled registrations without a farewell", lacking_farewell())
    yield from _count("carers who were not asked", lacking_question())
    yield from _count("calendars that show another title than chosen", lacking_title())
    yield from _count("waves missed", missed(RECENT))
    if number := sum(map(expansion.left_out, missed(RECENT))):
        yield f"people whom missed waves left out: {number}"
    yield from _count("waves overdue for expansion", expansion.neglected(GRACE))


def _unsent() -> Iterator[str]:
    yield from _count("deliveries waiting though they are due", stalled())
    if share := refused_share():
        yield f"refused for good by the relay in the last hour: {share:.0%}"
    recent = Delivery.objects.filter(settled_at__gt=Now() - RECENT)
    yield from _count("deliveries expired unsent", recent.filter(state=State.EXPIRED))
    yield from _count("deliveries given up", given_up(RECENT))
    unsent = recent.filter(state__in=[State.SKIPPED, State.FAILED, State.EXPIRED, State.DEAD])
    yield from _count("deliveries unsent that do not say why", unsent.filter(outcome=""))
    yield from _count(
        "hand-overs begun after they were useful", recent.filter(stamped_at__gt=F("expires_at"))
    )
    held, holder = Delivery.objects.held(), Sender.objects.filter(pk=OuterRef("sender"))
    yield from _count("deliveries held by lost senders", held.filter(sender__in=lost()))
    yield from _count("deliveries held by nobody", held.filter(~Exists(holder)))
    yield from _count(
        "deliveries being handed over for more than 15 minutes",
        held.filter(state=State.SENDING, stamped_at__lt=Now() - LONGEST_HAND_OVER),
    )


def _lacking_waves() -> Iterator[str]:
    upcoming = Webinar.objects.filter(published_at__isnull=False, ends_at__gt=Now())
    for webinar in upcoming.prefetch_related("reminder_rules", "waves", "revisions"):
        if number := len(planning.lacking(webinar)):
            yield f"waves that webinar {webinar.pk} lacks: {number}"


def _seats() -> Iterator[str]:
    """Seats are counted, not looked for: the count must be right."""
    comes = Registration.objects.active().attendees().filter(webinar=OuterRef("webinar"))
    people = comes.order_by().values("webinar").annotate(people=Count("pk")).values("people")
    counted = Seats.objects.filter(webinar__ends_at__gt=Now()).annotate(
        people=Coalesce(Subquery(people, output_field=IntegerField()), 0)
    )
    for seats in counted.exclude(people=F("taken")):
        yield f"webinar {seats.pk} counts {seats.taken} seats taken, by {seats.people} people"


def _forgotten() -> Iterator[str]:
    """People who belong to an expanded wave, for some minutes now, and have no delivery."""
    recent = Wave.objects.filter(state=Wave.State.EXPANDED, due_at__gt=times.now() - RECENT)
    for wave in recent.filter(expanded_at__lt=times.now() - GRACE):
        if number := expansion.absent(wave, unchanged_since=times.now() - GRACE):
            yield f"people whom wave {wave.pk} forgot: {number}"


def _count(what: str, rows: QuerySet[Any]) -> Iterator[str]:
    if number := rows.count():
        yield f"{what}: {number}"
