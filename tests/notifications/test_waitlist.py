"""What those who wait for a place are mailed, and what they are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from functools import partial

import pytest

from notifications import planning
from notifications.auditing import unexplained
from notifications.models import Delivery, ReminderRule
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.test_reminders import move, purposes
from tests.registrations.racing import all_at_once
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def full(**fields: object) -> tuple[Webinar, Registration, Registration]:
    """A webinar of one place, who has it, and who waits."""
    webinar = make_webinar(**{"starts_in": timedelta(days=3), **fields}, capacity=1)
    return webinar, make_registration(webinar=webinar), make_registration(webinar=webinar)


def test_who_waits_hears_so_and_when_it_is_their_turn_gets_the_invite(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, holder, waits = full()
    deliver_everything_due()
    signup.cancel(holder)
    deliver_everything_due()

    listed, promoted = sent.to(waits.email)
    assert (listed.purpose, promoted.purpose) == ("waitlisted", "promoted")
    assert listed.subject.startswith("You are on the list: Online session, ")
    assert "/j/" not in listed.text + listed.html
    assert listed.calendar == b""
    assert promoted.subject.startswith("You have a place now: Online session, ")
    assert b"METHOD:REQUEST" in promoted.calendar
    assert "/j/" in promoted.text
    assert purposes(sent, holder) == ["confirmation", "registration_cancelled"]
    assert list(unexplained()) == []


def test_who_waits_gets_no_reminders_and_who_got_a_place_only_those_to_come(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar, holder, waits = full()
    still_waits = make_registration(webinar=webinar)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    signup.cancel(holder)
    deliver_everything_due()
    for before in (timedelta(hours=1), timedelta(minutes=10)):
        clock.move_to(webinar.starts_at - before)
        deliver_everything_due()

    assert purposes(sent, waits) == ["waitlisted", "promoted", "reminder", "reminder"]
    assert purposes(sent, still_waits) == ["waitlisted"]
    assert list(unexplained()) == []


def test_who_got_a_place_before_the_first_mail_left_is_told_that_alone(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, holder, waits = full()
    signup.cancel(holder)
    deliver_everything_due()

    assert purposes(sent, waits) == ["promoted"]
    unsent = Delivery.objects.get(registration=waits, purpose="waitlisted")
    assert (unsent.state, unsent.outcome) == ("skipped", "superseded")


def test_who_waits_is_not_told_of_a_move_and_learns_the_time_with_the_place(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar, holder, waits = full(starts_in=timedelta(days=20))
    deliver_everything_due()
    webinar = move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, waits) == ["waitlisted"]

    signup.cancel(holder)
    deliver_everything_due()

    promoted = sent.to(waits.email)[-1]
    start = webinar.starts_at.strftime("DTSTART:%Y%m%dT%H%M%SZ")
    assert promoted.purpose == "promoted"
    assert start in promoted.calendar.decode()


def test_when_it_is_called_off_who_waits_hears_so_once_by_the_time_that_they_know(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar, holder, waits = full(starts_in=timedelta(days=20))
    deliver_everything_due()
    known = sent.to(waits.email)[0].subject.partition("Online session, ")[2]
    webinar = move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    scheduling.cancel(webinar, reason="The speaker is ill.", by=None)
    for _twice in range(2):
        deliver_everything_due()
        clock.forward(minutes=2)

    assert purposes(sent, waits) == ["waitlisted", "cancelled"]
    told, invited = sent.to(waits.email)[-1], sent.to(holder.email)[-1]
    assert told.subject == f"Cancelled: Online session, {known}"
    assert told.calendar == b""
    assert "calendar" not in told.text + told.html
    assert "Why: The speaker is ill." in told.text
    assert b"METHOD:CANCEL" in invited.calendar
    assert "This email asks your calendar to take the session out." in invited.text
    assert list(unexplained()) == []


@pytest.mark.parametrize(
    ("is_removal", "said"),
    [
        (False, "You are off the waiting list, as you asked."),
        (True, "The organizer has taken you off the waiting list."),
    ],
)
def test_who_leaves_the_list_hears_so_and_their_calendar_nothing(
    sent: Sink, deliver_everything_due: Deliver, *, is_removal: bool, said: str
) -> None:
    _webinar, _holder, waits = full()
    deliver_everything_due()
    signup.cancel(waits, is_removal=is_removal)
    deliver_everything_due()

    farewell = sent.to(waits.email)[-1]
    assert farewell.purpose == "registration_cancelled"
    assert farewell.subject.startswith("You are off the list: Online session, ")
    assert said in farewell.text
    assert said in farewell.html
    assert farewell.calendar == b""
    assert "reminders" not in farewell.text
    assert list(unexplained()) == []


def test_who_leaves_the_list_before_the_first_mail_is_not_told_that_they_wait(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, _holder, waits = full()
    signup.cancel(waits)
    deliver_everything_due()

    assert purposes(sent, waits) == ["registration_cancelled"]


def test_who_waits_at_a_corrected_address_is_told_there(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, holder, waits = full()
    wrong = waits.email
    deliver_everything_due()
    signup.correct_address(waits, email="right@example.com")
    signup.cancel(holder)
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to(wrong)] == ["waitlisted"]
    assert [mail.purpose for mail in sent.to("right@example.com")] == ["promoted"]


def test_a_place_given_up_by_one_from_the_list_leaves_their_calendar(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, holder, waits = full()
    signup.cancel(holder)
    deliver_everything_due()
    signup.cancel(waits)
    deliver_everything_due()

    assert purposes(sent, waits) == ["promoted", "registration_cancelled"]
    assert b"METHOD:CANCEL" in sent.to(waits.email)[-1].calendar


def test_the_sweep_writes_down_what_a_missed_bell_left_out(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    _webinar, holder, waits = full()
    Delivery.objects.all().delete()
    clock.forward(minutes=2)
    deliver_everything_due()

    assert purposes(sent, holder) == ["confirmation"]
    assert purposes(sent, waits) == ["waitlisted"]


ZONES = ["America/Chicago", "Asia/Tokyo", "Europe/Paris", "America/Denver"]


def test_the_reminders_of_a_zone_are_planned_when_somebody_there_begins_to_wait() -> None:
    webinar = make_webinar(capacity=1)
    planning.save_rule(ReminderRule(webinar=webinar, days_before=1, local_time=time(9)))
    webinar.refresh_from_db()
    make_registration(webinar=webinar)
    make_registration(webinar=webinar, time_zone="Asia/Tokyo")
    assert webinar.waves.filter(zone="Asia/Tokyo").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moves_there", [True, False])
def test_places_go_to_zones_of_their_own_while_others_register_from_there(
    *, moves_there: bool
) -> None:
    for number in range(4):
        webinar = make_webinar(capacity=4)
        planning.save_rule(ReminderRule(webinar=webinar, days_before=1, local_time=time(9)))
        webinar.refresh_from_db()
        seated = [make_registration(webinar=webinar) for _each in ZONES]
        for zone in ZONES:
            if moves_there:
                signup.change_zone(make_registration(webinar=webinar), time_zone=zone)
            else:
                make_registration(webinar=webinar, time_zone=zone)
        acts: list[Callable[[], object]] = [
            *(partial(signup.cancel, person) for person in seated),
            *(partial(make_registration, webinar=webinar, time_zone=zone) for zone in ZONES),
        ]
        assert all_at_once(acts) == {"done": 8}, number
    assert list(unexplained()) == []
