"""The life of a calendar entry, from registering on: which message, UID, SEQUENCE and method."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import vobject

from notifications.auditing import unexplained
from registrations import signup
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.emails.reading import amend, fresh
from tests.notifications.test_reminders import move, purposes
from tests.registrations.test_signup import at_once
from tests.sink import Mail, Sink
from webinars import scheduling, times
from webinars.models import Revision, Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def card(mail: Mail) -> tuple[str, str, int]:
    """METHOD, UID and SEQUENCE of the calendar part."""
    calendar = vobject.readOne(mail.calendar.decode())
    event = calendar.vevent
    return calendar.method.value, event.uid.value, int(event.sequence.value)


def event(mail: Mail) -> Any:
    return vobject.readOne(mail.calendar.decode()).vevent


def uid(value: UUID) -> str:
    return f"{value}@webinars.example.org"


def test_every_change_of_an_entry_keeps_its_uid_and_grows_its_sequence(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    for change in (
        lambda webinar: move(webinar, days=1),
        lambda webinar: amend(webinar, calendar_title="Online meeting"),
        lambda webinar: amend(webinar, dial_in="1-800-555-0177"),
    ):
        webinar = change(webinar)
        clock.forward(minutes=6)
        deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()

    cards = [card(mail) for mail in sent.to(registration.email)]
    entry = uid(registration.calendar_uid)
    assert cards == [
        ("REQUEST", entry, 0),
        ("REQUEST", entry, 1),
        ("REQUEST", entry, 2),
        ("REQUEST", entry, 3),
        ("CANCEL", entry, 4),
    ]
    titles = [event(mail).summary.value for mail in sent.to(registration.email)]
    assert titles == ["Online session"] * 2 + ["Online meeting"] * 3
    assert list(unexplained()) == []


def test_a_webinar_called_off_cancels_the_entries_of_the_active_only(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    stays, leaves = make_registration(webinar=webinar), make_registration(webinar=webinar)
    deliver_everything_due()
    signup.cancel(leaves)
    deliver_everything_due()
    scheduling.cancel(webinar, reason="", by=None)
    deliver_everything_due()

    assert card(sent.to(stays.email)[-1]) == ("CANCEL", uid(stays.calendar_uid), 1)
    assert purposes(sent, leaves) == ["confirmation", "registration_cancelled"]


def test_registering_again_makes_another_entry(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration()
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    again = make_registration(webinar=registration.webinar, email=registration.email)
    deliver_everything_due()

    methods = [card(mail)[:2] for mail in sent.to(registration.email)]
    first, second = uid(registration.calendar_uid), uid(again.calendar_uid)
    assert again.pk == registration.pk
    assert first != second
    assert methods == [("REQUEST", first), ("CANCEL", first), ("REQUEST", second)]


def test_whom_the_organizer_removes_is_not_told_that_they_asked_for_it(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration()
    deliver_everything_due()
    signup.cancel(registration, is_removal=True)
    deliver_everything_due()

    mail = sent.to(registration.email)[-1]
    assert card(mail)[0] == "CANCEL"
    assert "The organizer has cancelled your place." in mail.text
    assert "as you asked" not in mail.text + mail.html
    assert "/w/" not in mail.text + mail.html
    again = make_registration(webinar=registration.webinar, email=registration.email)
    assert not fresh(again).is_removed


# ---- Many at once -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_ten_changes_at_once_are_numbered_once_each_and_told_once(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    start = times.wall_clock(webinar.starts_at, webinar.time_zone)

    def act(index: int) -> Webinar:
        if index % 2:
            return amend(webinar, help_line=f"1-800-555-010{index}")
        day = start.date() + timedelta(days=1 + index)
        return scheduling.reschedule(
            webinar, date=day, time=start.time(), time_zone=webinar.time_zone, reason="", by=None
        )

    assert at_once(10, act) == {"done": 10}
    clock.forward(minutes=6)
    deliver_everything_due()
    webinar.refresh_from_db()
    revisions = Revision.objects.filter(webinar=webinar)
    assert [each.number for each in revisions] == list(range(webinar.sequence + 1))
    assert webinar.sequence == 10
    assert (webinar.schedule_revision, revisions.last().schedule_revision) == (5, 5)
    assert purposes(sent, registration) == ["confirmation", "moved"]
    assert card(sent.to(registration.email)[-1])[2] == 10
    assert event(sent.to(registration.email)[-1]).dtstart.value == webinar.starts_at


@pytest.mark.django_db(transaction=True)
def test_no_message_has_a_lower_sequence_than_one_before_while_changes_pour_in(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(hours=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()

    def act(index: int) -> object:
        if index % 3 == 2:
            return deliver_everything_due()
        return amend(webinar, help_line=f"1-800-555-01{index:02}")

    assert at_once(15, act) == {"done": 15}
    clock.forward(minutes=1)
    deliver_everything_due()
    numbers = [card(mail)[2] for mail in sent.to(registration.email)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 10


def test_an_update_queued_before_the_first_invite_left_sends_only_the_newest(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    webinar = amend(move(webinar, days=1), calendar_title="Online meeting")
    clock.forward(minutes=6)
    deliver_everything_due()

    (only,) = sent.to(registration.email)
    assert card(only) == ("REQUEST", uid(registration.calendar_uid), 2)
    assert event(only).dtstart.value == webinar.starts_at
    assert event(only).summary.value == "Online meeting"
