"""The periodic sweep: does what the clock asks for, and repairs what a missed bell left undone.

Every step may run anywhere, at once and any number of times. The steps of `tick` are quick and
run every few seconds; `repair` looks at everything and runs each minute.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from notifications import expansion, heartbeats, planning, retiming
from notifications.alarms import alarm
from notifications.leases import recover_lost
from notifications.models import Delivery, Purpose, Wave
from registrations.models import Registration
from webinars import times
from webinars.models import Webinar

log = logging.getLogger(__name__)

BATCH = 5_000
REPAIR_BACK = timedelta(days=1)
REPAIR_EVERY = timedelta(minutes=1)
LONGEST_WAVE = timedelta(days=366)


def tick() -> None:
    """Turn whatever is due by now into deliveries that are ready to be sent."""
    recover_lost()
    supersede_older_reminders()
    expansion.expand_due()
    expansion.gather_stragglers(due_after=times.now() - REPAIR_EVERY)
    expire()
    miss()
    skip_moot()
    if heartbeats.is_time_for("repair", REPAIR_EVERY):
        repair()


def repair() -> None:
    """Make everything true again that follows from webinars and registrations."""
    retiming.retime()
    for webinar_id in _concerned().values_list("pk", flat=True):
        _plan_again(webinar_id)
    for registration in lacking_confirmation().iterator():
        planning.confirm(registration)
    for registration in lacking_farewell().iterator():
        planning.confirm_cancelling(registration)
    planning.forget_addresses()
    expansion.gather_stragglers(due_after=times.now() - LONGEST_WAVE)


def _concerned() -> QuerySet[Webinar]:
    """Webinars that may still have something to say."""
    recent = Q(ends_at__gt=Now()) | Q(changed_at__gt=times.now() - REPAIR_BACK)
    return Webinar.objects.filter(recent, published_at__isnull=False)


def _plan_again(webinar_id: int) -> None:
    """Locked and read anew: an act may have changed it since. One that fails stops no other."""
    try:
        with transaction.atomic():
            free = Webinar.objects.select_for_update(no_key=True, skip_locked=True)
            if webinar := free.filter(pk=webinar_id).first():
                planning.plan(webinar)
    except DatabaseError:
        raise
    except Exception as error:
        alarm(f"Webinar {webinar_id} could not be planned again ({type(error).__name__}).")


def lacking_confirmation() -> QuerySet[Registration]:
    """Active registrations for which no confirmation was written down."""
    return _lacking(Purpose.CONFIRMATION).filter(
        state=Registration.State.ACTIVE,
        webinar__state=Webinar.State.PUBLISHED,
        webinar__ends_at__gt=Now(),
    )


def lacking_farewell() -> QuerySet[Registration]:
    """Cancelled registrations whose cancelling was not confirmed."""
    return _lacking(Purpose.REGISTRATION_CANCELLED).filter(
        state=Registration.State.CANCELLED,
        webinar__starts_at__gt=times.now() - planning.AFTERMATH,
    )


def _lacking(purpose: Purpose) -> QuerySet[Registration]:
    written = Delivery.objects.filter(
        registration=OuterRef("pk"), epoch=OuterRef("epoch"), purpose=purpose
    )
    recent = Registration.objects.filter(changed_at__gt=times.now() - REPAIR_BACK)
    return recent.filter(~Exists(written)).select_related("webinar")


def supersede_older_reminders() -> int:
    """After an outage the newest reminder goes alone: one mail, not three."""
    newer = Wave.objects.filter(
        webinar=OuterRef("webinar"),
        purpose=Purpose.REMINDER,
        schedule_revision=OuterRef("schedule_revision"),
        zone__in=["", OuterRef("zone")],
        due_at__gt=OuterRef("due_at"),
        due_at__lte=Now(),
        expires_at__gt=Now(),
        state__in=[Wave.State.PLANNED, Wave.State.EXPANDED],
    )
    older = Wave.objects.filter(
        Exists(newer),
        purpose=Purpose.REMINDER,
        expires_at__gt=Now(),
        state__in=[Wave.State.PLANNED, Wave.State.EXPANDED],
    )
    waiting = Delivery.objects.filter(wave=OuterRef("pk"), state=Delivery.State.READY)
    unfinished = older.filter(Q(state=Wave.State.PLANNED) | Exists(waiting))
    return unfinished.update(state=Wave.State.SUPERSEDED)


def expire() -> int:
    """What became useless while it waited is not sent, and says so."""
    late = Delivery.objects.filter(state=Delivery.State.READY, expires_at__lte=Now())
    return _settle(late, Delivery.State.EXPIRED, "too late to be useful")


def skip_moot() -> int:
    """Settle behind an act that made a whole wave superfluous; the stamps refuse it already."""
    moot = Delivery.objects.filter(
        state=Delivery.State.READY,
        wave__in=Wave.objects.filter(state=Wave.State.SUPERSEDED, expires_at__gt=Now()),
    )
    return _settle(moot, Delivery.State.SKIPPED, "superseded")


def _settle(deliveries: QuerySet[Delivery], state: Delivery.State, outcome: str) -> int:
    """In batches: no statement holds a million rows."""
    total = 0
    while batch := list(deliveries.values_list("pk", flat=True)[:BATCH]):
        total += Delivery.objects.filter(pk__in=batch, state=Delivery.State.READY).update(
            state=state, outcome=outcome, settled_at=Now()
        )
    return total


def miss() -> int:
    """A wave that nobody was expanded from in time is missed: said loudly, never silent."""
    missed = Wave.objects.planned().filter(expires_at__lte=Now())
    count = missed.update(state=Wave.State.MISSED)
    if count:
        log.error("%s waves were missed: see the admin's list of waves", count)
    return count
