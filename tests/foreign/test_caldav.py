"""Our entries, through a CalDAV server and back: what is stored, found by time, and replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.foreign.caldav import Calendar, Server, radicale
from tests.foreign.instants import CASES, CHANGES, LENGTH
from tests.foreign.kit import Kit
from tests.foreign.samples import AWKWARD, STAMP, a_webinar, an_attendee, every_file
from webinars import ics
from webinars.models import Webinar

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with radicale() as server:
        yield server


@pytest.fixture
def calendar(server: Server) -> Calendar:
    return server.new_calendar()


def stored(octets: bytes) -> bytes:
    """As calendar programs store it: without METHOD (RFC 4791 4.1)."""
    return b"".join(
        line for line in octets.splitlines(keepends=True) if not line.startswith(b"METHOD:")
    )


@pytest.mark.parametrize("kind", ["invite", "cancellation", "personal", "public"])
def test_each_file_comes_back_as_it_went(kit: Kit, calendar: Calendar, kind: str) -> None:
    octets = stored(every_file(a_webinar(), an_attendee(name="Núñez, José"))[kind])

    calendar.put(octets)

    assert kit.agree_on(calendar.get()) == kit.read_all_alike(octets)


@pytest.mark.parametrize("words", AWKWARD)
def test_awkward_texts_come_back_unchanged(kit: Kit, calendar: Calendar, words: str) -> None:
    webinar = a_webinar(title=words, is_sensitive=False, help_line=words)
    octets = stored(ics.invite(webinar, an_attendee(), stamp=STAMP))

    calendar.put(octets)

    assert kit.agree_on(calendar.get()) == kit.read_all_alike(octets)


def test_an_update_replaces_its_invite_and_a_cancellation_the_update(
    kit: Kit, calendar: Calendar
) -> None:
    moved_to = {"local_date": date(2026, 8, 7)}
    moved = a_webinar(**moved_to, sequence=1)
    called_off = a_webinar(**moved_to, sequence=2, state=Webinar.State.CANCELLED)
    life = [
        ics.invite(a_webinar(), an_attendee(), stamp=STAMP),
        ics.invite(moved, an_attendee(), stamp=STAMP),
        ics.cancellation(called_off, an_attendee(), stamp=STAMP),
    ]

    # The server refuses a second entry of the same UID, and one of another in this place.
    kept = []
    for octets in life:
        calendar.put(stored(octets))
        kept += kit.agree_on(calendar.get())

    assert [(each.start, each.sequence, each.status) for each in kept] == [
        (a_webinar().starts_at, 0, "CONFIRMED"),
        (moved.starts_at, 1, "CONFIRMED"),
        (moved.starts_at, 2, "CANCELLED"),
    ]


@pytest.mark.parametrize("zone", CHANGES)
def test_the_server_finds_an_entry_at_its_own_time_only(
    kit: Kit, calendar: Calendar, zone: str
) -> None:
    for case in [case for case in CASES if case.zone == zone and case.clock.hour == 22]:
        start, end = case.start, case.start + LENGTH
        calendar.put(stored(case.invite()))

        (found,) = calendar.report(start, start + MINUTE)
        assert [event.start for event in kit.agree_on(found)] == [start]
        assert calendar.report(end - MINUTE, end) == [found]
        assert calendar.report(start - MINUTE, start) == calendar.report(end, end + MINUTE) == []
