"""The invites of real messages, taken off SMTP, as foreign parsers read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.foreign.kit import Kit
from tests.foreign.samples import AWKWARD, AWKWARD_NAMES
from tests.makers import make_registration, make_webinar
from tests.sink import Mail, Sink
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db
COLLAPSED = {"minutes": 6}  # changes are told five minutes after the last of them


def a_week_later(webinar: Webinar) -> Webinar:
    later = times.wall_clock(webinar.starts_at + timedelta(days=7), webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=later.date(),
        time=later.time(),
        time_zone=webinar.time_zone,
        reason="The speaker is ill.",
        by=None,
    )


def attached(mail: Mail) -> list[tuple[str, str, bytes]]:
    return [
        (part.get_content_type(), part.get_filename() or "", part.get_payload(decode=True))
        for part in mail.message.iter_attachments()
    ]


def test_the_life_of_an_invite_is_read_alike_and_in_order(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit
) -> None:
    webinar = make_webinar(title="Move; rest, 🧘‍♀️", calendar_title="Session; online, 🧘‍♀️")
    registration = make_registration(webinar=webinar, first_name="José", last_name="Núñez-Ortiz")
    deliver_everything_due()
    clock.forward(minutes=15)  # not at once, or the link is not mailed again
    make_registration(webinar=webinar, email=registration.email, first_name="José")
    deliver_everything_due()
    moved = a_week_later(webinar)
    clock.forward(**COLLAPSED)
    deliver_everything_due()
    scheduling.amend(
        webinar,
        calendar_title="Sesión: “en línea”",
        dial_in="1-800-555-0100, code 9; #",
        help_line="",
        reason="A new line",
        by=None,
    )
    clock.forward(**COLLAPSED)
    deliver_everything_due()
    scheduling.cancel(webinar, reason="No speaker.", by=None)
    deliver_everything_due()

    found = [kit.read_alike(mail.calendar) for mail in sent.to(registration.email)]

    old, new = "Session; online, 🧘‍♀️", "Sesión: “en línea”"
    start = webinar.starts_at
    assert [
        (each.method, each.sequence, each.status, each.start, each.summary) for each in found
    ] == [
        ("REQUEST", 0, "CONFIRMED", start, old),
        ("REQUEST", 0, "CONFIRMED", start, old),
        ("REQUEST", 1, "CONFIRMED", moved.starts_at, old),
        ("REQUEST", 2, "CONFIRMED", moved.starts_at, new),
        ("CANCEL", 3, "CANCELLED", moved.starts_at, new),
    ]
    assert {
        (each.uid, each.end - each.start, each.organizer, each.attendees) for each in found
    } == {
        (
            f"{registration.calendar_uid}@webinars.example.org",
            webinar.duration,
            ("Patient Webinars", "mailto:webinars@example.org"),
            (("José Núñez-Ortiz", f"mailto:{registration.email}"),),
        )
    }


def test_somebody_who_cancels_and_comes_back_gets_an_entry_with_a_new_uid(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit
) -> None:
    webinar = make_webinar()
    registration = make_registration(webinar=webinar, email="ada@example.com")
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    clock.forward(minutes=15)
    make_registration(webinar=webinar, email="ada@example.com")
    deliver_everything_due()

    found = [kit.read_alike(mail.calendar) for mail in sent.to("ada@example.com")]

    new = Registration.objects.get(pk=registration.pk).calendar_uid
    assert new != registration.calendar_uid
    assert [(each.method, each.status, each.uid) for each in found] == [
        ("REQUEST", "CONFIRMED", f"{registration.calendar_uid}@webinars.example.org"),
        ("CANCEL", "CANCELLED", f"{registration.calendar_uid}@webinars.example.org"),
        ("REQUEST", "CONFIRMED", f"{new}@webinars.example.org"),
    ]
    assert found[0].sequence < found[1].sequence


def test_a_reminder_brings_no_second_card(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int]
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=24))
    deliver_everything_due()

    confirmation, reminder = sent.to(registration.email)

    assert (bool(confirmation.calendar), bool(reminder.calendar)) == (True, False)


@pytest.mark.parametrize("language", ["en", "es"])
def test_awkward_texts_come_through_the_mail_unchanged(
    sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit, language: str
) -> None:
    texts = dict(enumerate(words[:80].strip().replace("\t", " ") for words in AWKWARD))
    for number, words in texts.items():
        make_registration(
            webinar=make_webinar(title=words, help_line=words, is_sensitive=False),
            email=f"ada{number}@example.com",
            language=language,
        )
    deliver_everything_due()

    for number, words in texts.items():
        (mail,) = sent.to(f"ada{number}@example.com")
        found = kit.read_alike(mail.calendar)
        help_line = found.description.split("\n")[-1].partition(": ")[2]
        assert (found.summary, help_line) == (words, words)


def test_awkward_names_come_through_the_mail_unchanged(
    sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit
) -> None:
    webinar, names = make_webinar(), dict(enumerate(name[:40].strip() for name in AWKWARD_NAMES))
    for number, name in names.items():
        make_registration(webinar=webinar, first_name=name, email=f"ada{number}@example.com")
    deliver_everything_due()

    for number, name in names.items():
        (mail,) = sent.to(f"ada{number}@example.com")
        found = kit.read_alike(mail.calendar)
        assert found.attendees == ((name, f"mailto:ada{number}@example.com"),)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028"])
def test_no_text_can_add_a_line_or_a_header(
    sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit, end: str
) -> None:
    attack = f"Ana{end}ATTENDEE:mailto:eve@example.net{end}Bcc: eve@example.net"
    webinar = make_webinar(calendar_title=attack[:80], dial_in=attack, help_line=attack)
    registration = make_registration(webinar=webinar, first_name=attack[:40])
    deliver_everything_due()

    (mail,) = sent.to(registration.email)

    found = kit.read_alike(mail.calendar)
    assert found.summary == attack[:80].replace(end, " ")
    assert [uri for _, uri in found.attendees] == [f"mailto:{registration.email}"]
    assert mail.message["Bcc"] is None


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
