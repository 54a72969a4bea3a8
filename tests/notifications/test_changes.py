"""What people hear when a webinar moves, changes or is called off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import vobject

from notifications import planning, sweeping
from notifications.auditing import unexplained
from notifications.models import Delivery, Lane, Purpose
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.test_reminders import move, purposes
from tests.sink import Mail, Sink
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def event(mail: Mail) -> vobject.base.Component:
    return vobject.readOne(mail.calendar.decode()).vevent


def test_an_update_keeps_the_uid_and_grows_the_sequence_and_names_both_times(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    old_words = times.long_form(webinar.starts_at, [registration.time_zone], "en")
    webinar = move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    first, update = sent.to(registration.email)
    assert update.purpose == "moved"
    assert event(update).uid.value == event(first).uid.value
    assert int(event(update).sequence.value) > int(event(first).sequence.value)
    assert event(update).dtstart.value == webinar.starts_at
    assert old_words in update.text
    assert times.long_form(webinar.starts_at, [registration.time_zone], "en") in update.text


def test_two_moves_within_five_minutes_are_one_update(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    webinar = move(webinar, days=1)
    clock.forward(minutes=3)
    deliver_everything_due()
    webinar = move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]
    assert event(sent.to(registration.email)[-1]).dtstart.value == webinar.starts_at
    assert list(unexplained()) == []


def test_a_move_that_is_taken_back_within_five_minutes_is_not_told(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    move(move(webinar, days=1), days=-1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]
    moved = Delivery.objects.get(purpose=Purpose.MOVED)
    assert (moved.state, moved.outcome) == ("skipped", "already told")


def test_whoever_registered_after_the_move_gets_no_update(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = move(make_webinar(starts_in=timedelta(days=20)), days=1)
    registration = make_registration(webinar=webinar)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]


def test_a_confirmation_that_waited_while_the_webinar_moved_tells_the_new_time_only(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    webinar = move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]
    assert event(sent.to(registration.email)[0]).dtstart.value == webinar.starts_at


def test_an_update_goes_to_the_active_only(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    stays, leaves = make_registration(webinar=webinar), make_registration(webinar=webinar)
    deliver_everything_due()
    signup.cancel(leaves)
    deliver_everything_due()
    move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, stays) == ["confirmation", "moved"]
    assert purposes(sent, leaves) == ["confirmation", "registration_cancelled"]


def test_a_new_phone_number_is_told_and_a_new_host_url_is_not(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    webinar.join_url = "https://meet.example.com/another"
    webinar.save()
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]
    scheduling.amend(
        webinar,
        calendar_title=webinar.calendar_title,
        dial_in="1-800-555-0177",
        help_line=webinar.help_line,
        reason="",
        by=None,
    )
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]
    assert "1-800-555-0177" in sent.to(registration.email)[-1].text


def test_cancelling_tells_everybody_once_and_takes_the_entry_away(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    scheduling.cancel(webinar, reason="The speaker is ill.", by=None)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(minutes=5))
    deliver_everything_due()
    first, last = sent.to(registration.email)
    assert purposes(sent, registration) == ["confirmation", "cancelled"]
    calendar = vobject.readOne(last.calendar.decode())
    assert calendar.method.value == "CANCEL"
    assert calendar.vevent.status.value == "CANCELLED"
    assert calendar.vevent.uid.value == event(first).uid.value
    assert int(calendar.vevent.sequence.value) > int(event(first).sequence.value)


def test_a_reminder_ready_when_the_webinar_is_called_off_is_not_sent(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    scheduling.cancel(webinar, reason="", by=None)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "cancelled"]


def test_the_repair_does_not_undo_a_move_that_came_between(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    move(webinar, days=1)
    planning.plan(Webinar.objects.get(pk=webinar.pk))
    sweeping.repair()
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]


def test_whoever_registers_while_the_move_is_being_committed_hears_of_it(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()  # told the old time, and yet:
    later = times.now() + timedelta(seconds=2)
    Registration.objects.filter(pk=registration.pk).update(active_since=later)
    move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]


def test_somebody_whose_confirmation_was_refused_is_told_that_it_moved(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=8))
    registration = make_registration(webinar=webinar)
    sent.data_replies[registration.email] = ["554 5.7.1 no invites please"]
    deliver_everything_due()
    move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["moved"]


def test_a_change_during_the_session_mails_nobody_and_is_no_missed_wave(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(minutes=5))
    clock.move_to(webinar.starts_at + timedelta(minutes=5))
    scheduling.amend(
        webinar,
        calendar_title="A talk",
        dial_in="1-800-555-0177",
        help_line="2",
        reason="",
        by=None,
    )
    sweeping.tick()
    assert not webinar.waves.filter(purpose=Purpose.MOVED).exists()


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_news_shortly_before_the_start_overtake_what_has_time(clock: Clock, act: str) -> None:
    webinar = make_webinar(starts_in=timedelta(minutes=18))
    make_registration(webinar=webinar)
    if act == "cancel":
        scheduling.cancel(webinar, reason="", by=None)
    else:
        move(webinar, days=5)
    sweeping.tick()
    purposes_and_lanes = Delivery.objects.exclude(wave=None).values_list("lane", flat=True)
    assert list(purposes_and_lanes) == [Lane.URGENT]
