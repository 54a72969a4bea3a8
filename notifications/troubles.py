"""What is wrong with the delivery, in sentences for an operator. Ids only, no names.

Who looks is `watching`; whom it is told is `alarms`; what is unexplained is `auditing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce, Now

from notifications import alarms, expansion, heartbeats, restoring
from notifications.leases import LOST_AFTER
from notifications.models import Delivery, Lane, Sender, Wave

STALLED = timedelta(seconds=90)
SILENT = timedelta(minutes=2)
LATELY = timedelta(hours=1)
FEW = 5
ALARMING_SHARE = 0.02

NONE_GOES_OUT = "Messages have been due for more than 90 seconds, and none goes out."
NOT_EXPANDED = "Waves whose messages nobody writes down, for more than 90 seconds: "


def reported() -> list[str]:
    """What is wrong now, as far as somebody has noticed. Quick: for health checks."""
    found = [*filter(None, [restoring.why_held()]), *alarms.current()]
    if not heartbeats.is_fresh("watch", SILENT):
        found.append("Nobody watches: manage.py watch has given no sign of life for two minutes.")
    return list(dict.fromkeys(found))


def trouble() -> Iterator[str]:
    """What an operator must hear of; nothing when the mail flows."""
    if why := restoring.why_held():
        yield why
    elif is_stalled():
        yield NONE_GOES_OUT
    yield from _counted(NOT_EXPANDED, overdue())
    yield from _counted("Senders were lost and their messages not taken back: ", lost())
    yield from _counted("Messages given up in the last hour: ", given_up(LATELY))
    yield from _counted("Waves missed in the last hour: ", missed(LATELY))
    if share := refused_share():
        yield f"The mail relay refused {share:.0%} of the last hour's messages for good."


def is_stalled() -> bool:
    """Whether messages wait while none of their kind goes out.

    Urgent mail that flows says nothing of the rest, nor the rest of it.
    """
    return any(
        stalled().filter(lane__in=lanes).exists() and not _handed_over_lately(lanes)
        for lanes in ([Lane.URGENT], [Lane.SOON, Lane.BULK])
    )


def stalled() -> QuerySet[Delivery]:
    """Never tried though due for long. A relay that is away keeps moving `next_attempt_at`.

    Asked by wave, or it would read a million rows that are about to be due.
    """
    since = Now() - STALLED
    waves = Wave.objects.filter(due_at__lt=since, expires_at__gt=Now())
    of_waves = [0, *waves.values_list("pk", flat=True)]
    return Delivery.objects.alias(turn=Coalesce("wave", 0)).filter(
        state=Delivery.State.READY,
        lane__in=Lane.values,
        turn__in=of_waves,
        next_attempt_at__lt=Now() + STALLED,
        due_at__lt=since,
        created_at__lt=since,
        deferrals=0,
        expires_at__gt=Now(),
    )


def lost() -> QuerySet[Sender]:
    """Silent for minutes, and still holding something."""
    silent = Sender.objects.filter(renewed_at__lt=Now() - LOST_AFTER * 3)
    return silent.filter(deliveries__isnull=False).distinct()


def given_up(span: timedelta) -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.DEAD, settled_at__gt=Now() - span)


def overdue() -> QuerySet[Wave]:
    """Due for so long, and nobody writes their deliveries down."""
    return expansion.neglected(STALLED).filter(due_at__lt=Now() - STALLED)


def missed(span: timedelta) -> QuerySet[Wave]:
    """Nobody was expanded from them in time."""
    return Wave.objects.filter(state=Wave.State.MISSED, expires_at__gt=Now() - span)


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


def _handed_over_lately(lanes: list[Lane]) -> bool:
    lately = Delivery.objects.handed_over().filter(settled_at__gt=Now() - STALLED)
    return lately.filter(lane__in=lanes).exists()


def _counted(
    say: str, rows: QuerySet[Wave] | QuerySet[Sender] | QuerySet[Delivery]
) -> Iterator[str]:
    if number := rows.count():
        yield f"{say}{number}."
