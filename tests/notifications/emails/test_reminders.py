"""What a reminder says: how near the start is, the organizer's words, and the rest."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from notifications import emails
from notifications.emails.countdown import countdown, nearness
from registrations import links
from registrations.tokens import Purpose, token
from tests.clock import Clock
from tests.makers import make_registration
from tests.notifications.emails.reading import (
    body,
    offered_again,
    on_july_31,
    parsed,
    the_reminder,
)

pytestmark = pytest.mark.django_db


START = datetime(2026, 7, 31, 23, 0, tzinfo=UTC)


def test_the_whole_text_of_a_reminder(clock: Clock) -> None:
    delivery = the_reminder(on_july_31(), timedelta(hours=1))
    clock.move_to(START - timedelta(hours=1))

    composed = emails.compose(delivery)

    someone = delivery.registration
    assert parsed(composed)["Subject"] == "In 1 hour: Online session, 7:00 pm Eastern Time (EDT)"
    assert body(composed, "plain") == (
        "Hello Maria,\n"
        "\n"
        "Your session starts in 1 hour, at 7:00 pm Eastern Time (EDT).\n"
        "\n"
        "Join here:\n"
        f"{links.join_url(someone)}\n"
        "This link is only for you. It opens 15 minutes before the start.\n"
        "\n"
        "Online session\n"
        "Friday, July 31, 2026, 7:00 pm Eastern Time (EDT), your time\n"
        "4:00 pm Pacific Time (PDT)\n"
        "It takes 1 hour.\n"
        "\n"
        "By phone: 1-800-555-0100, code 4711\n"
        "Help: 1-800-555-0199\n"
        "\n"
        "Not in your calendar yet? Add it here:\n"
        f"{links.calendar_url(someone)}\n"
        "\n"
        "Change or cancel:\n"
        f"{links.manage_url(someone)}\n"
        "There you can change your time zone or give up your place.\n"
        "Saying no in your calendar does not cancel your place. Use this link for that.\n"
        "\n"
        "Stop these reminders:\n"
        f"{links.stop_link(token(someone, Purpose.STOP), someone.language)}\n"
        "You keep your place, and we still tell you if the time changes.\n"
        "\n"
        "You can answer this email. A person reads it.\n"
        "Lakeside Health\n"
    )


@pytest.mark.parametrize(
    ("zone", "left", "subject", "line"),
    [
        (
            "America/New_York",
            timedelta(days=7),
            "In 7 days: Talk, Friday, July 31, 2026, 7:00 pm Eastern Time (EDT)",
            "Your session is on Friday, July 31, 2026, 7:00 pm Eastern Time (EDT).",
        ),
        (
            "America/New_York",
            timedelta(days=1),
            "Tomorrow at 7:00 pm Eastern Time (EDT): Talk",
            "Your session is tomorrow at 7:00 pm Eastern Time (EDT).",
        ),
        (  # 5:30 pm in Tokyo, the evening before
            "Asia/Tokyo",
            timedelta(hours=14, minutes=30),
            "Tomorrow at 8:00 am Japan Time (JST): Talk",
            "Your session is tomorrow at 8:00 am Japan Time (JST).",
        ),
        (  # the same instant, late for the 1-day rule, on the day itself
            "America/Los_Angeles",
            timedelta(hours=14, minutes=30),
            "Today at 4:00 pm Pacific Time (PDT): Talk",
            "Your session is today at 4:00 pm Pacific Time (PDT).",
        ),
        (  # two midnights ahead in Honolulu, 36 hours or not
            "Pacific/Honolulu",
            timedelta(hours=38),
            "In 2 days: Talk, Friday, July 31, 2026, 1:00 pm Hawaii Time (HST)",
            "Your session is on Friday, July 31, 2026, 1:00 pm Hawaii Time (HST).",
        ),
        (
            "America/Denver",
            timedelta(hours=2, minutes=58),
            "In 3 hours: Talk, 5:00 pm Mountain Time (MDT)",
            "Your session starts in 3 hours, at 5:00 pm Mountain Time (MDT).",
        ),
        (
            "America/Denver",
            timedelta(minutes=50),
            "In 1 hour: Talk, 5:00 pm Mountain Time (MDT)",
            "Your session starts in 1 hour, at 5:00 pm Mountain Time (MDT).",
        ),
        (
            "America/Denver",
            timedelta(minutes=28),
            "In 30 minutes: Talk, 5:00 pm Mountain Time (MDT)",
            "Your session starts in 30 minutes, at 5:00 pm Mountain Time (MDT).",
        ),
        (
            "America/Denver",
            timedelta(minutes=10),
            "Starting soon: Talk, 5:00 pm Mountain Time (MDT)",
            "Your session starts in a few minutes, at 5:00 pm Mountain Time (MDT). "
            "You can join now.",
        ),
    ],
)
def test_how_near_it_is_follows_the_readers_own_clock_and_calendar(
    zone: str, left: timedelta, subject: str, line: str
) -> None:
    near = nearness(START, now=START - left, zone=zone)

    said = countdown(START, near, title="Talk", zone=zone, language="en")

    assert (said.subject, said.line) == (subject, line)


@pytest.mark.parametrize("before", [7 * 24 * 60, 24 * 60, 60, 10])
def test_a_reminder_offered_again_some_minutes_later_is_the_same_message(
    before: int, clock: Clock
) -> None:
    delivery = the_reminder(on_july_31(), timedelta(minutes=before))
    clock.move_to(START - timedelta(minutes=before))
    first = emails.compose(delivery)

    clock.forward(minutes=8)

    assert emails.compose(offered_again(delivery, first)).content == first.content


def test_an_organizers_own_words_come_first(clock: Clock) -> None:
    delivery = the_reminder(
        on_july_31(),
        timedelta(days=1),
        subject="See you tomorrow",
        text="Have your questions ready.\nA pen & paper help.",
    )
    clock.move_to(START - timedelta(days=1))

    composed = emails.compose(delivery)

    assert parsed(composed)["Subject"] == "See you tomorrow"
    assert body(composed, "plain").startswith(
        "Hello Maria,\n\n"
        "Have your questions ready.\nA pen & paper help.\n\n"
        "Your session is tomorrow at 7:00 pm Eastern Time (EDT).\n"
    )
    assert "Have your questions ready.<br>A pen &amp; paper help.</p>" in body(composed, "html")


@pytest.mark.parametrize(
    ("left", "promised"),
    [
        (timedelta(days=20), ["7 days, 1 day, 1 hour and 10 minutes"]),
        (timedelta(hours=2), ["1 hour and 10 minutes"]),
        (timedelta(minutes=5), []),
    ],
)
def test_a_confirmation_names_the_reminders_still_to_come(
    left: timedelta, promised: list[str], clock: Clock
) -> None:
    webinar = on_july_31()
    clock.move_to(START - left)
    registration = make_registration(webinar=webinar)

    composed = emails.compose(registration.deliveries.get())

    for kind in ("plain", "html"):
        said = re.findall(
            "We will send you a reminder (.*?) before the start", body(composed, kind)
        )
        assert said == promised


def test_a_reminder_that_says_join_now_does_not_say_when_the_link_opens(clock: Clock) -> None:
    delivery = the_reminder(on_july_31(), timedelta(minutes=10))
    clock.move_to(START - timedelta(minutes=10))

    composed = emails.compose(delivery)

    for kind in ("plain", "html"):
        words = body(composed, kind)
        assert "You can join now." in words
        assert "This link is only for you." in words
        assert "It opens" not in words
