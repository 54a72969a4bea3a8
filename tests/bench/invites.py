"""How fast invites are made, against the smallest event that icalendar can write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event

from tests.bench.measure import Measurement, measure
from tests.foreign.samples import STAMP, a_webinar, an_attendee
from webinars import ics

MANY = 10_000
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)


def measurements() -> Iterator[Measurement]:
    webinar = a_webinar()
    people = [attendee(number) for number in range(MANY)]
    few = people[:500]

    def invites(attendees: list[ics.Attendee]) -> list[bytes]:
        return [ics.invite(webinar, each, stamp=STAMP) for each in attendees]

    baseline = "icalendar, UID, DTSTAMP, DTSTART, DTEND, SUMMARY"
    yield measure(
        "an invite",
        lambda: invites(few),
        limit=0.5e-3,
        baseline=baseline,
        against=lambda: [smallest(each) for each in few],
        times=len(few),
    )
    yield measure(
        f"{MANY:,} personal invites",
        lambda: invites(people),
        limit=5,
        baseline=f"{MANY:,} of them",
        against=lambda: [smallest(each) for each in people],
        runs=3,
    )


def attendee(number: int) -> ics.Attendee:
    """People differ in all that a registration holds."""
    return an_attendee(
        name=f"Ana {number}",
        email=f"ana{number}@example.com",
        uid=UUID(int=number),
        join_url=f"https://webinars.example.org/j/{UUID(int=number).hex}{number:016}/",
        time_zone=ZONES[number % len(ZONES)],
        language="es" if number % 3 == 0 else "en",
    )


def smallest(who: ics.Attendee) -> bytes:
    calendar, event = Calendar(), Event()
    event.add("uid", str(who.uid))
    event.add("dtstamp", STAMP)
    event.add("dtstart", datetime(2026, 7, 31, 23, tzinfo=UTC))
    event.add("dtend", datetime(2026, 8, 1, 0, tzinfo=UTC))
    event.add("summary", "Online session")
    calendar.add("version", "2.0")
    calendar.add("prodid", ics.PRODID)
    calendar.add_component(event)
    return calendar.to_ical()
