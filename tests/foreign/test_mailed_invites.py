"""The invites of real messages, taken off SMTP, as foreign parsers read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.foreign import parsers
from tests.foreign.octets import content_lines
from tests.makers import make_registration, make_webinar
from tests.sink import Mail, Sink
from webinars import scheduling, times

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def ical_js() -> Iterator[parsers.Parser]:
    with parsers.ical_js() as read:
        yield read


def read_alike(mail: Mail, ical_js: parsers.Parser) -> parsers.Reading:
    """What every parser reads in the message's calendar part, whose octets keep to the rules."""
    content_lines(mail.calendar)
    found = parsers.read_with_vobject(mail.calendar)
    assert ical_js(mail.calendar) == found
    return found


def attached(mail: Mail) -> list[tuple[str, str, bytes]]:
    return [
        (part.get_content_type(), part.get_filename() or "", part.get_payload(decode=True))
        for part in mail.message.iter_attachments()
    ]


def test_the_life_of_an_invite_is_read_alike_and_in_order(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int], ical_js: parsers.Parser
) -> None:
    webinar = make_webinar(
        starts_in=timedelta(days=30), is_sensitive=False, title="Move; rest, 🧘‍♀️"
    )
    registration = make_registration(webinar=webinar, first_name="José", last_name="Núñez-Ortiz")
    deliver_everything_due()
    first_start = webinar.starts_at
    later = times.wall_clock(first_start + timedelta(days=7), webinar.time_zone)
    moved = scheduling.reschedule(
        webinar,
        date=later.date(),
        time=later.time(),
        time_zone=webinar.time_zone,
        reason="The speaker is ill.",
        by=None,
    )
    clock.forward(minutes=6)
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()

    readings = [read_alike(mail, ical_js) for mail in sent.to(registration.email)]

    assert [(found.method, found.status, found.sequence, found.start) for found in readings] == [
        ("REQUEST", "CONFIRMED", 0, first_start),
        ("REQUEST", "CONFIRMED", 1, moved.starts_at),
        ("CANCEL", "CANCELLED", 2, moved.starts_at),
    ]
    assert {(found.uid, found.summary, found.organizer, found.attendees) for found in readings} == {
        (
            f"{registration.calendar_uid}@webinars.example.org",
            "Move; rest, 🧘‍♀️",
            ("Patient Webinars", "mailto:webinars@example.org"),
            (("José Núñez-Ortiz", f"mailto:{registration.email}"),),
        )
    }


def test_the_attached_file_is_the_calendar_part_and_the_type_names_its_method(
    sent: Sink, deliver_everything_due: Callable[[], int]
) -> None:
    registration = make_registration()
    deliver_everything_due()

    (mail,) = sent.to(registration.email)

    assert attached(mail) == [("application/ics", "invite.ics", mail.calendar)]
    assert [
        (part["Content-Type"].params["method"], part["Content-Disposition"])
        for part in mail.message.walk()
        if part.get_content_type() == "text/calendar"
    ] == [("REQUEST", None)]


def test_somebody_who_comes_back_gets_an_entry_with_a_new_uid(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int], ical_js: parsers.Parser
) -> None:
    webinar = make_webinar()
    registration = make_registration(webinar=webinar, email="ada@example.com")
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    clock.forward(minutes=15)
    make_registration(webinar=webinar, email="ada@example.com")
    deliver_everything_due()

    methods_and_uids = [
        (found.method, found.uid)
        for found in (read_alike(mail, ical_js) for mail in sent.to("ada@example.com"))
    ]

    new = Registration.objects.get(pk=registration.pk).calendar_uid
    assert new != registration.calendar_uid
    assert methods_and_uids == [
        ("REQUEST", f"{registration.calendar_uid}@webinars.example.org"),
        ("CANCEL", f"{registration.calendar_uid}@webinars.example.org"),
        ("REQUEST", f"{new}@webinars.example.org"),
    ]
