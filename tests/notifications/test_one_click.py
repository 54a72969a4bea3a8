"""The link that stops the reminders, for mail programs and for people: RFC 8058 and a button."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from notifications import emails
from registrations import signup
from registrations.models import Registration
from registrations.tokens import Purpose as Link
from registrations.tokens import token
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.emails.reading import the_reminder
from tests.notifications.staying import ADA
from tests.registrations.pages import every_row, get, press, text
from tests.sink import Sink
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


@pytest.fixture
def webinar(clock: Clock) -> Webinar:
    return make_webinar(starts_in=timedelta(days=3))


@pytest.fixture
def registration(webinar: Webinar) -> Registration:
    return make_registration(webinar=webinar, email=ADA, first_name="Wilhelmina")


def stopping(registration: Registration) -> str:
    return f"/u/{token(registration, Link.STOP)}/"


def one_click(registration: Registration) -> tuple[int, bytes, int]:
    """As Gmail and Yahoo do it: RFC 8058 8.1. Cookies, origins and stamps there are none."""
    answer = Client(enforce_csrf_checks=True).post(
        stopping(registration),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    return answer.status_code, answer.content, len(answer.cookies)


def test_one_click_of_a_mail_program_stops_them_and_is_answered_with_nothing(
    registration: Registration,
) -> None:
    assert [one_click(registration) for _click in range(2)] == [(200, b"", 0)] * 2
    registration.refresh_from_db()
    assert not registration.gets_reminders
    assert registration.is_active


def test_the_same_link_shows_a_page_with_a_button_and_looking_changes_nothing(
    registration: Registration,
) -> None:
    before, path = every_row(), stopping(registration)
    for _look in range(3):
        assert Client().head(path).status_code == 200
        answer = get(path)
    assert "Stop the reminders? You keep your place." in text(answer)
    assert every_row() == before
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    whole = answer.content.decode()
    assert [word for word in (ADA, "Wilhelmina", "/r/", "/j/", "SI joint") if word in whole] == []

    done = Client().post(path)

    assert "The reminders are stopped" in text(done)
    assert "The reminders are stopped" in text(get(path))


def test_the_link_does_nothing_else_and_no_other_does_this(registration: Registration) -> None:
    stop = token(registration, Link.STOP)
    for path in (f"/r/{stop}/", f"/j/{stop}/", f"/e/{stop}/"):
        assert get(path).status_code == 404
    assert press(f"/r/{stop}/cancel/").status_code == 404
    for purpose in (Link.MANAGE, Link.JOIN):
        assert Client().post(f"/u/{token(registration, purpose)}/").status_code == 404
    registration.refresh_from_db()
    assert registration.gets_reminders


def test_the_old_mailbox_cannot_stop_those_of_the_new_one(registration: Registration) -> None:
    old = stopping(registration)
    signup.correct_address(registration, email="new@example.com")
    assert Client().post(old).status_code == 404


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_headers_are_each_persons_own_and_only_reminders_have_them(
    clock: Clock,
    webinar: Webinar,
    sent: Sink,
    deliver_everything_due: Deliver,
    language: str,
) -> None:
    people = [
        make_registration(webinar=webinar, language=language, email=f"p{number}@example.com")
        for number in range(3)
    ]
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=24))
    deliver_everything_due()

    query = "?language=es" if language == "es" else ""
    for person in people:
        first, reminder = sent.to(person.email)
        address = f"http://testserver{stopping(person)}{query}"
        assert reminder.message["List-Unsubscribe"].strip() == f"<{address}>"
        assert reminder.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert address in reminder.text
        assert f'href="{address}"' in reminder.html
        assert first.message["List-Unsubscribe"] is None


def test_the_header_is_folded_before_the_link_and_never_in_it(webinar: Webinar) -> None:
    delivery = the_reminder(webinar, timedelta(days=1))
    composed = emails.compose(delivery)
    link = f"<http://testserver{stopping(delivery.registration)}>".encode()
    assert b"\r\nList-Unsubscribe:" in composed.content
    assert composed.content.count(link) == 1
    for octets in (composed.content, composed.as_django().message().as_bytes()):
        head = email.message_from_bytes(octets)
        assert head["List-Unsubscribe"].split() == [link.decode()]
