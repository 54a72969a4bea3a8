"""Stopping the reminders and keeping the place: no reminder more, all other news still."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from notifications import emails, hearing, outbox
from notifications.auditing import unexplained
from notifications.models import Delivery, Purpose, Suppression
from registrations import changing, signup
from registrations.models import Registration
from registrations.tokens import Purpose as Link
from registrations.tokens import token
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.emails.reading import the_reminder
from tests.registrations.pages import every_row, get, press, private, text
from tests.sink import Sink
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
ADA = "ada@example.com"


@pytest.fixture
def webinar(clock: Clock) -> Webinar:
    return make_webinar(starts_in=timedelta(days=3))


@pytest.fixture
def registration(webinar: Webinar) -> Registration:
    return make_registration(webinar=webinar, email=ADA)


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


def purposes(sent: Sink, address: str = ADA) -> list[str]:
    return [mail.purpose for mail in sent.to(address)]


def through_the_days(clock: Clock, webinar: Webinar, deliver: Deliver) -> None:
    """Until the end, with a look at each moment that matters."""
    for before in (26, 24.1, 23.9, 1.1, 0.99, 0.2, 0.15):
        clock.move_to(webinar.starts_at - timedelta(hours=before))
        deliver()


def test_no_reminder_comes_and_the_news_still_do(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
) -> None:
    deliver_everything_due()
    press(private(registration, "reminders/stop/"))
    other = make_registration(webinar=webinar, email="bo@example.com")
    through_the_days(clock, webinar, deliver_everything_due)
    assert purposes(sent) == ["confirmation"]
    assert purposes(sent, other.email) == ["confirmation", *["reminder"] * 3]
    assert list(unexplained()) == []

    start = times.wall_clock(webinar.starts_at + timedelta(days=2), webinar.time_zone)
    moved = scheduling.reschedule(
        webinar,
        date=start.date(),
        time=start.time(),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )
    clock.forward(minutes=6)
    deliver_everything_due()
    through_the_days(clock, moved, deliver_everything_due)
    scheduling.cancel(moved, reason="", by=None)
    deliver_everything_due()

    assert purposes(sent) == ["confirmation", "moved", "cancelled"]
    assert list(unexplained()) == []


def test_stopped_after_the_wave_was_written_down_it_does_not_come(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
) -> None:
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    changing.stop_reminders(registration)
    clock.forward(minutes=6)
    deliver_everything_due()

    reminder.refresh_from_db()
    assert (reminder.state, reminder.outcome) == ("skipped", "opted out")
    assert purposes(sent) == ["confirmation"]


def test_stopped_under_a_senders_hands_it_does_not_come(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=24))
    compose = emails.Composer.compose

    def stopped_meanwhile(self: emails.Composer, delivery: Delivery) -> emails.Email:
        composed = compose(self, delivery)
        changing.stop_reminders(registration)
        return composed

    monkeypatch.setattr(outbox.emails.Composer, "compose", stopped_meanwhile)
    deliver_everything_due()

    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    assert (reminder.state, reminder.outcome) == ("skipped", "opted out")
    assert purposes(sent) == ["confirmation"]


def test_started_again_they_get_what_is_due_from_then_on_and_nothing_stale(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
) -> None:
    deliver_everything_due()
    changing.stop_reminders(registration)
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    answer = press(private(registration, "reminders/start/"))
    assert "Done. We remind you again." in text(get(answer["Location"]))
    for _minute in range(3):
        clock.forward(minutes=2)
        deliver_everything_due()
    assert purposes(sent) == ["confirmation"]

    through_the_days(clock, webinar, deliver_everything_due)
    assert purposes(sent) == ["confirmation", "reminder", "reminder"]
    assert list(unexplained()) == []


def test_stopped_and_started_before_it_is_due_it_comes_once(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
) -> None:
    deliver_everything_due()
    changing.stop_reminders(registration)
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    changing.start_reminders(registration)
    deliver_everything_due()
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent) == ["confirmation", "reminder"]


def test_what_they_hear_from_us_says_so(
    clock: Clock, webinar: Webinar, registration: Registration, deliver_everything_due: Deliver
) -> None:
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    answer = press(private(registration, "reminders/stop/"))

    registration.refresh_from_db()
    heard = [(message.purpose, message.status) for message in hearing.messages(registration)]
    assert heard == [("confirmation", "sent"), *[("reminder", "stopped")] * 3]
    page = text(get(answer["Location"]))
    assert "Done. You keep your place, and we send you no more reminders." in page
    assert "1 day before We do not send this one: you stopped the reminders." in page
    assert "Remind me again" in page


def test_who_registers_again_is_reminded_again(registration: Registration) -> None:
    changing.stop_reminders(registration)
    signup.cancel(registration)
    assert signup.come_back(registration).gets_reminders


def test_a_new_mailbox_is_promised_no_reminders_either(
    registration: Registration, sent: Sink, deliver_everything_due: Deliver
) -> None:
    deliver_everything_due()
    changing.stop_reminders(registration)
    signup.correct_address(registration, email="new@example.com")
    bo = make_registration(webinar=registration.webinar, email="bo@example.com")
    deliver_everything_due()
    promise = "We will send you a reminder"
    assert promise not in sent.to("new@example.com")[0].text
    assert promise in sent.to(bo.email)[0].text


# ---- One click ----------------------------------------------------------------------------------


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
    assert [word for word in (ADA, "Ada", "/r/", "/j/", "SI joint") if word in whole] == []

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


def test_whoever_complained_gets_no_reminders_and_all_other_news(
    clock: Clock,
    webinar: Webinar,
    registration: Registration,
    sent: Sink,
    deliver_everything_due: Deliver,
) -> None:
    deliver_everything_due()
    Suppression.objects.create(address=ADA, scope=Suppression.Scope.OPTIONAL)
    through_the_days(clock, webinar, deliver_everything_due)
    scheduling.cancel(webinar, reason="", by=None)
    deliver_everything_due()

    assert purposes(sent) == ["confirmation", "cancelled"]
    unsent = Delivery.objects.filter(purpose=Purpose.REMINDER)
    assert set(unsent.values_list("state", "outcome")) == {("skipped", "suppressed")}
