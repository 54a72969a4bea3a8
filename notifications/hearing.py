"""What one person hears from us: the messages of their registration, sent and to come.

The rows that staff see, in the order of time. Words are the pages'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.db.models.functions import Now

from notifications.models import Delivery, Purpose, Wave
from registrations.models import Registration
from webinars.models import Webinar

OPEN = (Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING)
LOST = (Delivery.State.FAILED, Delivery.State.EXPIRED, Delivery.State.DEAD, Delivery.State.BOUNCED)

# To a mailbox that is not theirs any more, or not yet.
TO_OTHERS = (Purpose.ADDRESS_CHANGED, Purpose.ADDRESS_PROOF)


class Status(StrEnum):
    """Where a message is."""

    SENT = "sent"
    TO_COME = "to come"
    NOT_SENT = "not sent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Message:
    """One email to one person. `at` is when it was sent, given up, or will be due (UTC).

    `before` is of a reminder: how long before the start it is due.
    """

    purpose: Purpose
    status: Status
    at: datetime
    before: timedelta | None = None


def messages(registration: Registration) -> list[Message]:
    """Of the present time of being registered; what was not needed is left out."""
    found = [*_written(registration), *_planned(registration)]
    return sorted(found, key=lambda message: message.at)


def _written(registration: Registration) -> Iterator[Message]:
    rows = Delivery.objects.filter(registration=registration, epoch=registration.epoch)
    for row in rows.exclude(purpose__in=TO_OTHERS).select_related("wave"):
        is_moot = row.purpose == Purpose.WAITLISTED and not registration.is_waiting
        status = _status(row, registration)
        if status and not (is_moot and status is Status.TO_COME):
            at = row.due_at if row.state in OPEN else row.settled_at or row.due_at
            yield Message(Purpose(row.purpose), status, at, _before(row.wave, registration))


def _status(row: Delivery, registration: Registration) -> Status | None:
    if row.state in OPEN:
        return _ahead(registration) if row.purpose == Purpose.REMINDER else Status.TO_COME
    if row.state in LOST:
        return Status.NOT_SENT
    return Status.SENT if row.state in Delivery.HANDED_OVER else None


def _planned(registration: Registration) -> Iterator[Message]:
    """Waves to come that nobody wrote down for this person yet."""
    webinar = registration.webinar
    if not registration.is_active or webinar.state != Webinar.State.PUBLISHED:
        return
    waves = webinar.waves.filter(
        Q(zone="") | Q(zone=registration.time_zone),
        state__in=[Wave.State.PLANNED, Wave.State.EXPANDED],
        purpose=Purpose.REMINDER,
        schedule_revision=webinar.schedule_revision,
        due_at__gt=Now(),
    )
    theirs = Delivery.objects.filter(registration=registration, epoch=registration.epoch)
    for wave in waves.exclude(pk__in=theirs.exclude(wave=None).values("wave")):
        before = _before(wave, registration)
        yield Message(Purpose.REMINDER, _ahead(registration), wave.due_at, before)


def _ahead(registration: Registration) -> Status:
    """Of a reminder whose time has not come."""
    return Status.TO_COME if registration.gets_reminders else Status.STOPPED


def _before(wave: Wave | None, registration: Registration) -> timedelta | None:
    if wave is None or wave.purpose != Purpose.REMINDER:
        return None
    return registration.webinar.starts_at - wave.due_at
