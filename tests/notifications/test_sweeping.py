"""The sweep: what it makes, what it repairs, within which time, and whose clock it trusts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from itertools import count

import pytest

from notifications import planning, sweeping
from notifications.models import Delivery, Purpose, ReminderRule, Sender, Wave
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.expanding import DAY, fresh, people, reminder_in, rows
from tests.notifications.test_reminders import move, only_rule, purposes
from tests.sink import Sink
from webinars import scheduling, times

Deliver = Callable[[], int]

pytestmark = pytest.mark.django_db


# ---- Time ---------------------------------------------------------------------------------------


def test_settling_a_superseded_wave_leaves_the_tick_time_for_other_things(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    wave = reminder_in(30, 7, clock)
    sweeping.tick()
    scheduling.cancel(wave.webinar, reason="", by=None)
    monkeypatch.setattr(sweeping, "monotonic", count().__next__)

    left = []
    for _time in range(5):
        sweeping.skip_moot()
        left.append(rows(wave))
    assert left == [5, 3, 1, 0, 0]
    outcomes = Delivery.objects.filter(wave=wave).values_list("state", "outcome")
    assert set(outcomes) == {("skipped", "superseded")}


# ---- Zones --------------------------------------------------------------------------------------


def test_registering_makes_the_wave_of_its_own_zone_with_as_many_queries_as_ever(
    django_assert_num_queries: Callable[..., object],
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    only_rule(webinar, days_before=1, local_time=time(9))
    numbers = []
    for zone in ("America/New_York", "America/Denver", "Asia/Tokyo", "Asia/Tokyo"):
        registration = make_registration(webinar=webinar, time_zone=zone)
        with django_assert_num_queries(2, exact=False) as queries:
            planning.plan_zone(registration)
        numbers.append(len(queries))
    zones = Wave.objects.filter(purpose=Purpose.REMINDER, state="planned")
    assert sorted(zones.values_list("zone", flat=True)) == [
        "America/Denver", "America/New_York", "Asia/Tokyo"
    ]  # fmt: skip
    assert numbers == [2, 2, 2, 2]


def test_the_sweep_finds_each_zone_that_somebody_registered_is_in(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    only_rule(webinar, days_before=1, local_time=time(9))
    for zone in ("Asia/Tokyo", "America/New_York", "America/New_York", "Europe/Paris"):
        make_registration(webinar=webinar, time_zone=zone)
    make_registration(webinar=make_webinar(), time_zone="Africa/Cairo")
    left = Registration.objects.get(time_zone="Europe/Paris")
    Registration.objects.filter(pk=left.pk).update(state="cancelled")
    webinar.waves.all().delete()

    assert [wave.zone for wave in planning.lacking(webinar)] == ["America/New_York", "Asia/Tokyo"]


# ---- What the sweep repairs ---------------------------------------------------------------------


def test_what_was_missed_while_the_sweep_stood_still_for_days_is_found(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    deliver_everything_due()
    registration = make_registration()
    Delivery.objects.all().delete()
    clock.forward(days=3)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]


def test_what_a_repair_had_no_time_for_is_left_to_the_next(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping.repair()
    registrations = people(make_webinar(), 3)
    Delivery.objects.all().delete()
    with monkeypatch.context() as hurry:
        hurry.setattr(sweeping, "STEP_SECONDS", -1)
        for number in (1, 2, 3):
            clock.forward(days=1)
            sweeping.catch_up()
            assert Delivery.objects.count() == number
    assert {each.registration_id for each in Delivery.objects.all()} == {
        each.pk for each in registrations
    }


def test_a_webinar_is_planned_after_each_act_and_not_when_something_is_lacking(
    clock: Clock,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=10))
    planning.save_rule(ReminderRule(webinar=webinar, days_before=1, local_time=time(9)))
    make_registration(webinar=webinar)
    assert planning.is_planned(webinar)
    webinar = move(webinar, days=1)
    assert planning.is_planned(webinar)
    rule = webinar.reminder_rules.get(before=DAY)
    planning.retire_rule(rule)
    assert planning.is_planned(webinar)
    webinar.waves.filter(zone="America/New_York", state="planned").delete()
    assert not planning.is_planned(webinar)
    planning.plan(webinar)
    webinar.waves.filter(zone="America/New_York", state="planned").update(due_at=times.now())
    assert not planning.is_planned(webinar)
    planning.plan(webinar)
    webinar.waves.filter(schedule_revision=0).update(state="planned")
    assert not planning.is_planned(webinar)
    webinar = scheduling.cancel(webinar, reason="", by=None)
    assert planning.is_planned(webinar)


def test_a_confirmation_that_waited_past_the_old_end_follows_the_new_one(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(hours=3))
    registration = make_registration(webinar=webinar)
    clock.move_to(webinar.ends_at - timedelta(minutes=1))
    move(webinar, days=7)
    clock.forward(minutes=30)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation"]


@pytest.mark.parametrize("state", ["ready", "claimed"])
def test_a_confirmation_that_waits_is_of_no_use_after_an_end_that_is_nearer_now(
    clock: Clock, state: str
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=9))
    confirmation = make_registration(webinar=webinar).deliveries.get()
    if state == "claimed":
        sender = Sender.objects.create(host="here", pid=1)
        Delivery.objects.filter(pk=confirmation.pk).update(state="claimed", sender=sender)
    webinar = move(webinar, days=-7)
    sweeping.repair()
    confirmation.refresh_from_db()
    assert confirmation.expires_at == webinar.ends_at


def test_a_step_that_fails_stops_no_other_and_is_not_silent(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wave = reminder_in(30, 1, clock)

    def fail() -> None:
        raise ValueError("a bug of ours")

    monkeypatch.setattr(sweeping, "supersede_older_reminders", fail)
    with pytest.raises(ValueError, match="a bug of ours"):
        sweeping.tick()
    assert rows(wave) == 1
    alarm = "ALARM: A step of the sweep failed (ValueError). The others went on."
    assert alarm in caplog.messages


# ---- Clocks that are wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_sweeper_whose_clock_is_an_hour_off_does_everything_in_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    webinar = make_webinar(starts_in=timedelta(hours=30))
    people(webinar, 1)
    planning.save_rule(ReminderRule(webinar=webinar, days_before=0, local_time=time(0, 1)))
    wave = webinar.waves.get(rule__before=DAY)
    monkeypatch.setenv("CLOCK_SKEW", str(skew))

    clock.move_to(wave.expand_at - timedelta(seconds=1))
    sweeping.tick()
    sweeping.repair()
    assert set(webinar.waves.values_list("state", flat=True)) == {"planned"}
    clock.forward(seconds=2)
    sweeping.tick()
    assert (fresh(wave).state, rows(wave), rows(wave, "expired")) == ("expanded", 1, 0)
    clock.move_to(wave.expires_at - timedelta(seconds=1))
    sweeping.tick()
    assert rows(wave) == 1
    clock.forward(seconds=2)
    sweeping.tick()
    assert rows(wave, "expired") == 1


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_whoever_registers_where_the_clock_is_an_hour_off_is_answered_at_once(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    sent: Sink,
    deliver_everything_due: Deliver,
    skew: int,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=9))
    monkeypatch.setenv("CLOCK_SKEW", str(skew))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "registration_cancelled"]


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_move_where_the_clock_is_an_hour_off_is_told_to_everybody_in_time(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    sent: Sink,
    deliver_everything_due: Deliver,
    skew: int,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=9))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    with monkeypatch.context() as wrong:
        wrong.setenv("CLOCK_SKEW", str(skew))
        move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]
