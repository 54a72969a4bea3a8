"""Twelve zones, six wall clocks each, around changes of the clocks: where calendars go wrong.

The instants meant are zoneinfo's, so neither pytz's nor derived by our code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.foreign.samples import STAMP, a_webinar, an_attendee
from webinars import ics

IN_THE_US = (date(2026, 3, 8), date(2026, 11, 1))
# Two changes of 2026 each; the United States' where a zone has none.
CHANGES = {
    "America/New_York": IN_THE_US,
    "America/Chicago": IN_THE_US,
    "America/Denver": IN_THE_US,
    "America/Los_Angeles": IN_THE_US,
    "America/Phoenix": IN_THE_US,
    "America/Vancouver": IN_THE_US,  # in March for the last time, in November no more
    "America/St_Johns": IN_THE_US,
    "Pacific/Honolulu": IN_THE_US,
    "America/Santiago": (date(2026, 4, 5), date(2026, 9, 6)),  # at midnight
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),  # around Ramadan
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
}
# Days from the change, and a time that no zone skips or repeats then. The first webinar is still
# on when the clocks change.
MOMENTS = ((-1, time(22, 30)), (0, time(4)), (1, time(16)))
LENGTH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Case:
    """A webinar's wall clock."""

    zone: str
    day: date
    clock: time

    @property
    def start(self) -> datetime:
        local = datetime.combine(self.day, self.clock, ZoneInfo(self.zone))
        return local.astimezone(UTC)

    def invite(self) -> bytes:
        webinar = a_webinar(
            local_date=self.day, local_time=self.clock, time_zone=self.zone, duration=LENGTH
        )
        return ics.invite(webinar, an_attendee(time_zone=self.zone), stamp=STAMP)


CASES = [
    Case(zone, change + timedelta(days=days), clock)
    for zone, changes in CHANGES.items()
    for change in changes
    for days, clock in MOMENTS
]
