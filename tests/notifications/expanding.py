"""Waves about to be expanded: what the tests of that share."""

from __future__ import annotations

from datetime import timedelta

from notifications.models import Delivery, Wave
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from webinars.models import Webinar

DAY = timedelta(days=1)


def people(webinar: Webinar, number: int, **fields: str) -> list[Registration]:
    return [make_registration(webinar=webinar, **fields) for _ in range(number)]


def reminder_in(hours: int, number: int, clock: Clock, **fields: str) -> Wave:
    """Of a webinar with so many people; its time to be expanded has just come."""
    webinar = make_webinar(starts_in=timedelta(hours=hours))
    people(webinar, number, **fields)
    wave = webinar.waves.get(rule__before=DAY)
    clock.move_to(wave.expand_at + timedelta(seconds=1))
    return wave


def rows(wave: Wave, state: str = "ready") -> int:
    return Delivery.objects.filter(wave=wave, state=state).count()


def fresh(wave: Wave) -> Wave:
    wave.refresh_from_db()
    return wave
