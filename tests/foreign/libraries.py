"""The parsers that are Python libraries and leave the process as they find it."""

from __future__ import annotations

from typing import Any

import ics
import vobject
from ical.calendar_stream import CalendarStream

from tests.foreign.reading import Reading


def read_with_vobject(octets: bytes) -> list[Reading]:
    """What vobject (Radicale's parser) reads."""
    calendar = vobject.readOne(octets.decode())
    method = getattr(calendar, "method", None)
    return [_vobject_event(event, method and method.value) for event in calendar.vevent_list]


def _vobject_event(event: Any, method: str | None) -> Reading:
    people = {
        name: tuple((line.params["CN"][0], line.value) for line in event.contents.get(name, []))
        for name in ("organizer", "attendee")
    }
    return Reading(
        start=event.dtstart.value,
        end=event.dtend.value,
        summary=event.summary.value,
        description=event.description.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        status=event.status.value,
        method=method,
        organizer=next(iter(people["organizer"]), None),
        attendees=people["attendee"],
    )


def read_with_ics(octets: bytes) -> list[Reading]:
    """What ics (ics.py) reads. It keeps SEQUENCE among what it does not know."""
    calendar = ics.Calendar(octets.decode())
    return [_ics_event(event, calendar.method) for event in calendar.events]


def _ics_event(event: Any, method: str | None) -> Reading:
    (sequence,) = (line.value for line in event.extra if line.name == "SEQUENCE")

    def person(who: Any) -> tuple[str, str]:
        return who.common_name, f"mailto:{who.email}"

    return Reading(
        start=event.begin.datetime,
        end=event.end.datetime,
        summary=event.name,
        description=event.description,
        uid=event.uid,
        sequence=int(sequence),
        status=event.status,
        method=method,
        organizer=event.organizer and person(event.organizer),
        attendees=tuple(person(who) for who in event.attendees),
    )


def read_with_ical(octets: bytes) -> list[Reading]:
    """What ical (Home Assistant's) reads."""
    (calendar,) = CalendarStream.from_ics(octets.decode()).calendars
    return [_ical_event(event, calendar.method) for event in calendar.events]


def _ical_event(event: Any, method: str | None) -> Reading:
    def person(who: Any) -> tuple[str, str]:
        return who.common_name, str(who.uri)

    return Reading(
        start=event.dtstart,
        end=event.dtend,
        summary=event.summary,
        description=event.description,
        uid=event.uid,
        sequence=event.sequence,
        status=event.status.value,
        method=method,
        organizer=event.organizer and person(event.organizer),
        attendees=tuple(person(who) for who in event.attendees),
    )
