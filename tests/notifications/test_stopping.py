"""Stopping the reminders and keeping the place: no reminder more, all other news still."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifications import emails, hearing, outbox
from notifications.auditing import unexplained
from notifications.models import Delivery, Purpose, Suppression
from registrations import changing, signup
from tests.clock import Clock
from tests.makers import make_registration
from tests.notifications.staying import ADA, Patient, a_patient
from tests.notifications.test_reminders import move
from tests.registrations.pages import get, press, private, text
from tests.sink import Sink
from webinars import scheduling

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int]) -> Patient:
    return a_patient(clock, sent, deliver_everything_due)


def test_no_reminder_comes_and_the_news_still_do(ada: Patient) -> None:
    ada.deliver()
    press(private(ada.registration, "reminders/stop/"))
    other = make_registration(webinar=ada.webinar, email="bo@example.com")
    ada.to_the_end()
    assert ada.heard() == ["confirmation"]
    assert ada.heard(other.email) == ["confirmation", *["reminder"] * 3]
    assert list(unexplained()) == []

    ada.webinar = move(ada.webinar, days=2)
    ada.later(minutes=6)
    ada.to_the_end()
    scheduling.cancel(ada.webinar, reason="", by=None)
    ada.deliver()

    assert ada.heard() == ["confirmation", "moved", "cancelled"]
    assert list(unexplained()) == []


def test_stopped_after_the_wave_was_written_down_it_does_not_come(ada: Patient) -> None:
    ada.until(hours=24, minutes=5)
    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    changing.stop_reminders(ada.registration)
    ada.later(minutes=6)

    reminder.refresh_from_db()
    assert (reminder.state, reminder.outcome) == ("skipped", "opted out")
    assert ada.heard() == ["confirmation"]


def test_stopped_under_a_senders_hands_it_does_not_come(
    ada: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.deliver()
    compose = emails.Composer.compose

    def stopped_meanwhile(self: emails.Composer, delivery: Delivery) -> emails.Email:
        composed = compose(self, delivery)
        changing.stop_reminders(ada.registration)
        return composed

    monkeypatch.setattr(outbox.emails.Composer, "compose", stopped_meanwhile)
    ada.until(hours=24)

    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    assert (reminder.state, reminder.outcome) == ("skipped", "opted out")
    assert ada.heard() == ["confirmation"]


def test_started_again_they_get_what_is_due_from_then_on_and_nothing_stale(ada: Patient) -> None:
    ada.deliver()
    changing.stop_reminders(ada.registration)
    ada.until(hours=23)
    answer = press(private(ada.registration, "reminders/start/"))
    assert "Done. We remind you again." in text(get(answer["Location"]))
    for _look in range(3):
        ada.later(minutes=2)
    assert ada.heard() == ["confirmation"]

    ada.to_the_end()
    assert ada.heard() == ["confirmation", "reminder", "reminder"]
    assert list(unexplained()) == []


def test_stopped_and_started_before_it_is_due_it_comes_once(ada: Patient) -> None:
    ada.deliver()
    changing.stop_reminders(ada.registration)
    ada.until(hours=24, minutes=5)
    changing.start_reminders(ada.registration)
    ada.deliver()
    ada.later(minutes=6)
    assert ada.heard() == ["confirmation", "reminder"]


def test_what_they_hear_from_us_says_so(ada: Patient) -> None:
    ada.deliver()
    ada.until(hours=24, minutes=5)
    answer = press(private(ada.registration, "reminders/stop/"))

    ada.registration.refresh_from_db()
    heard = [(message.purpose, message.status) for message in hearing.messages(ada.registration)]
    assert heard == [("confirmation", "sent"), *[("reminder", "stopped")] * 3]
    page = text(get(answer["Location"]))
    assert "Done. You keep your place, and we send you no more reminders." in page
    assert "1 day before We do not send this one: you stopped the reminders." in page
    assert "Remind me again" in page


def test_who_registers_again_is_reminded_again(ada: Patient) -> None:
    changing.stop_reminders(ada.registration)
    signup.cancel(ada.registration)
    assert signup.come_back(ada.registration).gets_reminders


def test_a_new_mailbox_is_promised_no_reminders_either(ada: Patient) -> None:
    ada.deliver()
    changing.stop_reminders(ada.registration)
    signup.correct_address(ada.registration, email="new@example.com")
    bo = make_registration(webinar=ada.webinar, email="bo@example.com")
    ada.deliver()
    promise = "We will send you a reminder"
    assert promise not in ada.sent.to("new@example.com")[0].text
    assert promise in ada.sent.to(bo.email)[0].text


def test_whoever_complained_gets_no_reminders_and_all_other_news(ada: Patient) -> None:
    ada.deliver()
    Suppression.objects.create(address=ADA, scope=Suppression.Scope.OPTIONAL)
    ada.to_the_end()
    scheduling.cancel(ada.webinar, reason="", by=None)
    ada.deliver()

    assert ada.heard() == ["confirmation", "cancelled"]
    unsent = Delivery.objects.filter(purpose=Purpose.REMINDER)
    assert set(unsent.values_list("state", "outcome")) == {("skipped", "suppressed")}
