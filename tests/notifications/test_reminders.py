"""Reminders: when they go, to whom, and when they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from notifications import planning
from notifications.auditing import unexplained
from notifications.models import Delivery, Purpose, ReminderRule, Wave
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.sink import Sink
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def purposes(sent: Sink, registration: Registration) -> list[str]:
    """As they were written down: of those that leave together any may come first."""
    found = [mail.delivery for mail in sent.to(registration.email)]
    return [delivery.purpose for delivery in sorted(found, key=lambda delivery: delivery.pk)]


def move(webinar: Webinar, **by: float) -> Webinar:
    start = times.wall_clock(webinar.starts_at + timedelta(**by), webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=start.date(),
        time=start.time(),
        time_zone=webinar.time_zone,
        reason="The speaker is ill.",
        by=None,
    )


def only_rule(webinar: Webinar, **fields: Any) -> ReminderRule:
    for rule in webinar.reminder_rules.all():
        planning.retire_rule(rule)
    return planning.save_rule(ReminderRule(webinar=webinar, **fields))


def test_a_new_draft_gets_the_default_reminders() -> None:
    webinar = make_draft()
    days, hours, minutes = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
    rules = webinar.reminder_rules.values_list("before", "send_until")
    assert list(rules) == [
        (7 * days, 2 * days),
        (days, 2 * hours),
        (hours, 15 * minutes),
        (10 * minutes, 0 * minutes),
    ]


def test_each_default_reminder_goes_out_once_when_it_is_due(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=10))
    registration = make_registration(webinar=webinar)
    for before in ({"days": 7}, {"days": 1}, {"hours": 1}, {"minutes": 10}):
        clock.move_to(webinar.starts_at - timedelta(**before) - timedelta(seconds=2))
        deliver_everything_due()
        so_far = len(sent.to(registration.email))
        clock.forward(seconds=3)
        deliver_everything_due()
        deliver_everything_due()
        assert len(sent.to(registration.email)) == so_far + 1
    assert purposes(sent, registration) == ["confirmation", *["reminder"] * 4]
    subjects = [mail.subject for mail in sent.to(registration.email)]
    assert len(set(subjects)) == 5
    assert list(unexplained()) == []


def test_somebody_who_registers_late_gets_no_stale_reminder(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=10))
    clock.move_to(webinar.starts_at - timedelta(hours=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]
    clock.move_to(webinar.starts_at - timedelta(minutes=59))
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]


def test_somebody_who_registers_while_the_wave_is_already_expanded_is_reminded_too(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=10))
    clock.move_to(webinar.starts_at - timedelta(hours=1, minutes=5))
    deliver_everything_due()
    assert Wave.objects.get(due_at=webinar.starts_at - timedelta(hours=1)).state == "expanded"
    registration = make_registration(webinar=webinar)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]


def test_whoever_cancels_hears_nothing_more_than_that(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(minutes=5))
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "registration_cancelled"]


def test_whoever_cancels_after_the_expansion_is_not_reminded(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    signup.cancel(registration)
    clock.forward(minutes=6)
    deliver_everything_due()
    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    assert (reminder.state, reminder.outcome) == ("skipped", "cancelled")
    assert purposes(sent, registration) == ["confirmation", "registration_cancelled"]


def test_registering_again_starts_new_reminders_and_a_new_calendar_entry(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    signup.cancel(registration)
    again = signup.register(
        webinar,
        first_name="ada",
        email=registration.email.upper(),
        time_zone="America/Chicago",
        language="en",
    )
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    assert again.pk == registration.pk
    assert again.calendar_uid != registration.calendar_uid
    sent_to = sent.to(registration.email) + sent.to(again.email)
    purposes = sorted(mail.purpose for mail in sent_to)
    assert purposes == ["confirmation", "confirmation", "registration_cancelled", "reminder"]


def test_moving_the_webinar_reminds_again_even_where_the_old_reminder_already_went_out(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(hours=30))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    clock.forward(hours=7)
    deliver_everything_due()  # the 24-hour reminder has gone out
    webinar = move(webinar, days=6)
    deliver_everything_due()  # the old start was near: told at once
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder", "moved", "reminder"]


def test_nothing_goes_out_at_the_old_time(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    old_start = webinar.starts_at
    move(webinar, days=9)
    clock.forward(minutes=6)
    deliver_everything_due()
    for before in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=9)):
        clock.move_to(old_start - before)
        deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]


def test_a_wave_expanded_under_the_old_time_is_not_sent_after_the_move(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    move(webinar, days=9)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]
    reminder = Delivery.objects.get(purpose=Purpose.REMINDER)
    assert (reminder.state, reminder.outcome) == ("skipped", "superseded")


def test_after_an_outage_the_newest_reminder_goes_alone(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(minutes=50))
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]
    assert "1 hour" in sent.last(registration.email).subject


def test_a_wave_that_nobody_expanded_in_time_is_missed_and_said(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at + timedelta(minutes=1))
    deliver_everything_due()
    assert set(webinar.waves.values_list("state", flat=True)) == {"missed"}
    missed = ["waves missed: 3", "people whom missed waves left out: 3"]
    assert list(unexplained()) == missed


def test_a_reminder_on_the_attendees_clock_comes_at_that_hour_in_each_zone(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    only_rule(webinar, days_before=1, local_time=time(9))
    zones = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu"]
    people = [make_registration(webinar=webinar, time_zone=zone) for zone in zones]
    waves = {wave.zone: wave for wave in Wave.objects.filter(purpose=Purpose.REMINDER)}
    assert sorted(waves) == sorted(zones)
    for person in people:
        due_at = waves[person.time_zone].due_at
        assert times.wall_clock(due_at, person.time_zone).time() == time(9)
        clock.move_to(due_at + timedelta(seconds=1))
        deliver_everything_due()
        assert purposes(sent, person)[-1] == "reminder"
    assert all(len(sent.to(person.email)) == 2 for person in people)


def test_somebody_who_changes_zone_is_not_reminded_twice(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    only_rule(webinar, days_before=1, local_time=time(9))
    registration = make_registration(webinar=webinar, time_zone="America/New_York")
    wave = Wave.objects.get(purpose=Purpose.REMINDER)
    clock.move_to(wave.due_at + timedelta(seconds=1))
    deliver_everything_due()
    signup.change_zone(registration, time_zone="America/Los_Angeles")
    clock.forward(hours=4)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]


def test_editing_a_rule_that_has_not_been_expanded_moves_its_wave(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    rule = webinar.reminder_rules.get(before=timedelta(days=1))
    rule.before = timedelta(days=3)
    saved = planning.save_rule(rule)
    assert saved.pk == rule.pk
    assert rule.waves.get().due_at == webinar.starts_at - timedelta(days=3)


def test_editing_a_rule_whose_reminders_went_out_replaces_it_and_reminds_nobody_twice(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    rule = webinar.reminder_rules.get(before=timedelta(days=1))
    old = rule.pk
    rule.subject = "Tomorrow we meet"
    saved = planning.save_rule(rule)
    assert saved.pk != old
    assert ReminderRule.objects.get(pk=old).retired_at is not None
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]


def test_a_retired_rule_sends_nothing_any_more(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    registration = make_registration(webinar=webinar)
    for rule in webinar.reminder_rules.all():
        planning.retire_rule(rule)
    clock.move_to(webinar.starts_at - timedelta(hours=23))
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]


def test_the_sweep_repairs_what_a_missed_bell_left_undone(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    registration = make_registration(webinar=webinar)
    Delivery.objects.all().delete()
    Wave.objects.all().delete()
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]
    assert webinar.waves.count() == 3


def test_rules_that_were_taken_away_do_not_come_back_when_it_is_published() -> None:
    webinar = make_draft()
    for rule in webinar.reminder_rules.all():
        planning.retire_rule(rule)
    scheduling.publish(webinar, by=None)
    assert not webinar.reminder_rules.filter(retired_at=None).exists()
    assert not webinar.waves.exists()


@pytest.mark.parametrize("edit", ["earlier", "enabled again"])
def test_an_edit_whose_hour_has_passed_mails_nobody(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver, edit: str
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    rule = webinar.reminder_rules.get(before=timedelta(hours=1))
    if edit == "enabled again":
        rule = webinar.reminder_rules.get(before=timedelta(days=7))
        rule.is_enabled = False
        rule = planning.save_rule(rule)
    clock.move_to(webinar.starts_at - timedelta(days=5))
    deliver_everything_due()
    before = purposes(sent, registration)
    rule.is_enabled = True
    rule.before = timedelta(days=6)
    planning.save_rule(rule)
    deliver_everything_due()
    assert purposes(sent, registration) == before
