"""What is told when a webinar moves, changes or is called off, and to whom it is no news."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest

from notifications import emails
from notifications.models import Delivery, Purpose
from registrations import links
from registrations.models import Registration
from tests.makers import make_delivery, make_registration
from tests.notifications.emails.reading import (
    a_delivery,
    amend,
    body,
    calendar,
    fresh,
    hand_over,
    move,
    offered_again,
    on_july_31,
    parsed,
)
from webinars import scheduling

pytestmark = pytest.mark.django_db


def test_a_moved_webinar_is_told_with_the_new_and_the_old_time_and_the_reason() -> None:
    registration = make_registration(webinar=on_july_31(), time_zone="America/Los_Angeles")
    hand_over(registration.deliveries.get())
    move(registration.webinar, date(2026, 8, 4), time(17, 30), reason="The speaker is ill.")

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))

    assert parsed(composed)["Subject"] == (
        "Changed: now Tuesday, August 4, 2026, 5:30 pm Pacific Time (PDT), Online session"
    )
    text = body(composed, "plain")
    assert (
        "New time:\n"
        "Online session\n"
        "Tuesday, August 4, 2026, 5:30 pm Pacific Time (PDT), your time\n"
        "8:30 pm Eastern Time (EDT)\n"
        "It takes 1 hour.\n"
        "\n"
        "Old time:\n"
        "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)\n"
        "\n"
        "Why: The speaker is ill.\n"
    ) in text
    html = body(composed, "html")
    assert "Tuesday, August 4, 2026</p>" in html
    assert ">Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)<" in html


def test_the_old_time_is_the_last_that_this_person_was_told() -> None:
    early = make_registration(webinar=on_july_31())
    hand_over(early.deliveries.get())
    webinar = move(early.webinar, date(2026, 8, 3), time(16))
    late = make_registration(webinar=webinar)
    hand_over(late.deliveries.get())
    move(webinar, date(2026, 8, 5), time(16))

    told = [
        body(emails.compose(make_delivery(registration=fresh(each), purpose="moved")), "plain")
        for each in (early, late)
    ]

    assert "Old time:\nFriday, July 31, 2026, 7:00 pm" in told[0]
    assert "Old time:\nMonday, August 3, 2026, 7:00 pm" in told[1]


def test_details_that_changed_are_said_each_by_a_sentence() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    webinar = amend(
        registration.webinar,
        calendar_title="Online meeting",
        dial_in="1-800-555-0177",
        help_line="1-800-555-0188",
    )
    move(webinar, webinar.local_date, webinar.local_time, duration=timedelta(minutes=90))

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))

    assert parsed(composed)["Subject"] == (
        "Changed details: Online meeting, Friday, July 31, 2026, 7:00 pm Eastern Time (EDT)"
    )
    text = body(composed, "plain")
    assert re.findall(r"^- .*", text, re.MULTILINE) == [
        "- It now takes 1 hour and 30 minutes. Before, it was 1 hour.",
        "- It is now called “Online meeting”.",
        "- To join by phone, the number is now: 1-800-555-0177",
        "- The help line is now: 1-800-555-0188",
    ]
    assert "Old time" not in text + body(composed, "html")


def test_a_title_changed_back_to_the_default_is_told_in_the_readers_language() -> None:
    webinar = on_july_31(calendar_title="Online meeting")
    registration = make_registration(webinar=webinar, language="es")
    hand_over(registration.deliveries.get())
    amend(registration.webinar, calendar_title="Online session")

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))

    assert "- Ahora se llama “Sesión en línea”.\n" in body(composed, "plain")


def test_a_phone_line_that_is_taken_away_is_said() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    amend(registration.webinar, dial_in="")

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))

    assert "- You can no longer join by phone.\n" in body(composed, "plain")
    assert "By phone" not in body(composed, "plain") + body(composed, "html")


def refusal(registration: Registration) -> str:
    with pytest.raises(emails.NotApplicable) as refused:
        emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))
    return refused.value.reason


def test_whoever_was_told_nothing_yet_hears_of_no_change() -> None:
    registration = make_registration(webinar=on_july_31())
    move(registration.webinar, date(2026, 8, 4), time(16))

    assert refusal(registration) == "never told the old time"


def test_what_an_earlier_registration_was_told_does_not_count_after_registering_again() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    Registration.objects.filter(pk=registration.pk).update(epoch=1)
    make_delivery(registration=registration, epoch=1)  # its confirmation is still to come
    move(registration.webinar, date(2026, 8, 4), time(16))

    assert refusal(registration) == "never told the old time"


def test_a_change_that_was_taken_back_is_not_told() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    webinar = move(registration.webinar, date(2026, 8, 4), time(16))
    move(webinar, date(2026, 7, 31), time(16))

    assert refusal(registration) == "already told"


def test_a_new_calendar_title_is_no_news_where_the_title_is_shown() -> None:
    registration = make_registration(webinar=on_july_31(is_sensitive=False))
    hand_over(registration.deliveries.get())
    amend(registration.webinar, calendar_title="Online meeting")

    assert refusal(registration) == "already told"


def test_a_change_waits_while_another_invite_is_being_handed_over() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get(), state=Delivery.State.SENDING)
    move(registration.webinar, date(2026, 8, 4), time(16))

    with pytest.raises(emails.TooEarly):
        emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))


def test_a_change_taken_back_is_told_to_whoever_may_have_heard_of_it() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    webinar = move(registration.webinar, date(2026, 8, 4), time(16))
    lost = make_delivery(registration=fresh(registration), purpose="moved")
    hand_over(lost, state=Delivery.State.SKIPPED, ambiguous=1)
    move(webinar, date(2026, 7, 31), time(16))

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="moved"))

    assert "Old time:\nTuesday, August 4, 2026, 7:00 pm" in body(composed, "plain")


def test_an_update_that_is_offered_again_is_the_same_update() -> None:
    delivery = a_delivery(Purpose.MOVED)
    first = emails.compose(delivery)
    hand_over(delivery, state=Delivery.State.READY, ambiguous=1)

    assert emails.compose(offered_again(delivery, first)).content == first.content


def test_a_cancelled_webinar_is_named_by_the_time_that_this_person_knew() -> None:
    registration = make_registration(webinar=on_july_31())
    hand_over(registration.deliveries.get())
    webinar = move(registration.webinar, date(2026, 8, 4), time(16))
    scheduling.cancel(webinar, reason="The speaker is ill.", by=None)

    composed = emails.compose(make_delivery(registration=fresh(registration), purpose="cancelled"))

    text = body(composed, "plain")
    assert parsed(composed)["Subject"] == (
        "Cancelled: Online session, Friday, July 31, 2026, 7:00 pm Eastern Time (EDT)"
    )
    assert "Why: The speaker is ill.\n" in text
    assert "August" not in text
    assert calendar(composed).vevent.status.value == "CANCELLED"


def test_whoever_gave_up_the_place_learns_how_to_come_back() -> None:
    registration = make_registration(webinar=on_july_31())

    text = body(emails.compose(a_delivery(Purpose.REGISTRATION_CANCELLED, registration)), "plain")

    assert "Your place is cancelled, as you asked. You will get no more reminders.\n" in text
    page = links.page_url(registration.webinar)
    assert f"Have you changed your mind? You can sign up again here:\n{page}\n" in text
