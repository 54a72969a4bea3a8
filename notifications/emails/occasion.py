"""All that decides about the words of an email, by value: what letters are found by. No words here.

No name, address or link of a person is in it; what they know of the webinar is.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from django.conf import settings
from django.db import models

from notifications import planning
from notifications.emails.countdown import nearness
from notifications.emails.known import Known
from notifications.models import WELCOMING, Delivery, Purpose, ReminderRule
from webinars.models import Revision, Webinar

Row = TypeVar("Row", bound=models.Model)


class Snapshot(Generic[Row]):
    """A row by value: equal to any that has the same in every column."""

    def __init__(self, row: Row) -> None:
        self.row = row
        columns = (getattr(row, field.attname) for field in row._meta.concrete_fields)
        self._values = tuple(tuple(each) if isinstance(each, list) else each for each in columns)
        self._hash = hash(self._values)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self._values == other._values


class Schedule:
    """A webinar as a batch found it; what is read of it is read once."""

    def __init__(self, webinar: Webinar) -> None:
        self.webinar = Snapshot(webinar)
        self.revision = revision(self.webinar)

    @cached_property
    def rules(self) -> list[ReminderRule]:
        """The reminders that it makes."""
        reminders = self.webinar.row.reminder_rules
        return [*reminders.filter(is_enabled=True, retired_at=None)]


@lru_cache(maxsize=256)
def revision(webinar: Snapshot[Webinar]) -> Revision:
    """What is told of it now. Revisions are never edited, and a change shows in the webinar."""
    return webinar.row.revisions.get(number=webinar.row.sequence)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is told and why, by whose clocks and in which language; in whose name, on which site,
    in which colours.

    `shows_title`: they chose the full title. `is_carer`: they help somebody whom it concerns.

    `details` are what the purpose's facts take besides: see `context`.
    """

    purpose: Purpose
    webinar: Snapshot[Webinar]
    time_zone: str
    language: str
    shows_title: bool
    is_carer: bool
    details: tuple[Hashable, ...]
    organisation: str
    site: str
    colours: Hashable

    @property
    def revision(self) -> Revision:
        return revision(self.webinar)


def occasion(delivery: Delivery, schedule: Schedule, known: Known, *, now: datetime) -> Occasion:
    """Why this delivery is written, as of `now`."""
    registration = delivery.registration
    return Occasion(
        purpose=Purpose(delivery.purpose),
        webinar=schedule.webinar,
        time_zone=registration.time_zone,
        language=registration.language,
        shows_title=shows_title(delivery),
        is_carer=registration.is_carer,
        details=known or _ahead(delivery, schedule, now),
        organisation=settings.ORGANISATION_NAME,
        site=settings.SITE_URL,
        colours=settings.PALETTE,
    )


def shows_title(delivery: Delivery) -> bool:
    """Whether the full title may stand in it: only where it was chosen.

    A mailbox left behind may be a stranger's, and so may one that is still to be proved.
    """
    registration = delivery.registration
    is_theirs = delivery.purpose != Purpose.ADDRESS_PROOF and delivery.epoch == registration.epoch
    return registration.shows_title and is_theirs


def _ahead(delivery: Delivery, schedule: Schedule, now: datetime) -> tuple[Hashable, ...]:
    """How near the start is, and the rule's own words; or when the reminders to come are due."""
    webinar, zone = schedule.webinar.row, delivery.registration.time_zone
    if delivery.purpose == Purpose.REMINDER:
        rule = delivery.wave.rule if delivery.wave else None
        own = (rule.subject, rule.text) if rule else ("", "")
        return nearness(webinar.starts_at, now=now, zone=zone), *own
    if delivery.purpose in WELCOMING:
        due = {planning.due(rule, webinar, _clock(rule, zone)) for rule in schedule.rules}
        return (tuple(sorted(each for each in due if now < each < webinar.starts_at)),)
    return ()


def _clock(rule: ReminderRule, zone: str) -> str:
    return zone if rule.is_on_attendees_clocks else ""
