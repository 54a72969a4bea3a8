"""How waves become deliveries: in turns, and within bounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from notifications import expansion, sweeping
from notifications.auditing import unexplained
from notifications.models import Delivery, Wave
from tests.clock import Clock
from tests.makers import make_webinar
from tests.notifications.expanding import DAY, fresh, people, reminder_in, rows
from tests.notifications.test_reminders import purposes
from tests.sink import Sink
from webinars import times

Deliver = Callable[[], int]


@pytest.mark.django_db
def test_no_more_of_a_wave_wait_than_is_good_and_the_rest_follows_as_they_go(
    clock: Clock, small_batches: None
) -> None:
    wave = reminder_in(30, 11, clock)
    sweeping.tick()
    sweeping.tick()
    assert (rows(wave), fresh(wave).state) == (4, "planned")

    ready = []
    while fresh(wave).state == "planned":
        Delivery.objects.filter(wave=wave).update(state="sent")
        sweeping.tick()
        ready.append(rows(wave))

    assert ready == [4, 3]
    assert Delivery.objects.filter(wave=wave).values("registration").distinct().count() == 11


@pytest.mark.django_db
def test_a_large_wave_goes_out_to_its_end_without_another_tick(
    clock: Clock, small_batches: None, sent: Sink, deliver_everything_due: Deliver
) -> None:
    wave = reminder_in(30, 11, clock)
    clock.move_to(wave.due_at + timedelta(seconds=1))
    deliver_everything_due()

    assert (fresh(wave).state, rows(wave, "sent")) == ("expanded", 11)
    for person in wave.webinar.registrations.all():
        assert sorted(purposes(sent, person)) == ["confirmation", "reminder"]  # both are due
    assert list(unexplained()) == []


@pytest.mark.django_db
def test_what_the_relay_has_put_off_does_not_keep_the_others_waiting(
    clock: Clock, small_batches: None
) -> None:
    wave = reminder_in(30, 8, clock)
    sweeping.tick()
    clock.move_to(wave.due_at + timedelta(seconds=1))
    later = times.now() + timedelta(hours=1)
    Delivery.objects.filter(wave=wave).update(next_attempt_at=later)

    sweeping.tick()

    assert rows(wave) == 8


@pytest.mark.django_db
def test_waves_take_turns_and_the_one_due_first_begins(
    clock: Clock, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = reminder_in(30, 9, clock)
    small = make_webinar(starts_in=timedelta(hours=24, minutes=9))
    people(small, 1)
    first = small.waves.get(rule__before=DAY)
    monkeypatch.setattr(expansion, "ENOUGH", 100)
    monkeypatch.setattr(expansion, "monotonic", count().__next__)
    assert first.due_at < large.due_at

    written = [expansion.expand_due(until=0) for _turn in range(4)]  # each has time for one
    assert written == [1, 2, 2, 2]
    assert (rows(first), rows(large)) == (1, 6)


@pytest.mark.django_db
def test_of_two_large_waves_neither_waits_for_the_other(
    clock: Clock, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expansion, "ENOUGH", 100)
    one, other = (reminder_in(30, 9, clock) for _ in range(2))
    Wave.objects.filter(rule__before=DAY).update(expand_at=times.now() - timedelta(seconds=1))
    for _turn in range(4):
        expansion.expand_due(until=0)
    assert (rows(one), rows(other)) == (4, 4)


@pytest.mark.django_db
def test_a_sender_that_finds_nothing_to_do_expands_what_is_due_and_no_more(
    clock: Clock, small_batches: None
) -> None:
    wave = reminder_in(30, 6, clock)
    assert expansion.feed(until=0) == 0
    clock.move_to(wave.due_at)
    assert expansion.feed(until=0) == 2


@pytest.mark.django_db
def test_a_wave_that_is_being_expanded_is_not_neglected_and_one_left_alone_is(
    clock: Clock, small_batches: None
) -> None:
    span = timedelta(seconds=90)
    wave = reminder_in(30, 9, clock)
    clock.forward(seconds=100)
    assert [*expansion.neglected(span)] == [wave]
    sweeping.tick()
    clock.forward(seconds=100)
    assert [*expansion.neglected(span)] == []  # as many wait as is good
    Delivery.objects.filter(wave=wave).update(state="sent")
    assert [*expansion.neglected(span)] == [wave]
    expansion.expand_due(until=0)
    Delivery.objects.filter(wave=wave).update(state="sent")
    assert [*expansion.neglected(span)] == []


@pytest.mark.django_db
def test_a_wave_not_wholly_expanded_in_time_is_missed_with_the_number_of_people(
    clock: Clock, small_batches: None, caplog: pytest.LogCaptureFixture
) -> None:
    wave = reminder_in(30, 7, clock)
    sweeping.tick()
    clock.move_to(wave.expires_at)
    sweeping.tick()

    assert (fresh(wave).state, rows(wave, "expired")) == ("missed", 4)
    assert f"ALARM: Wave {wave.pk} was missed: 3 people were not written to." in caplog.messages
    assert expansion.left_out(wave) == 3


@pytest.mark.django_db
def test_a_wave_of_which_only_the_last_look_is_lacking_is_not_missed(
    clock: Clock, small_batches: None, caplog: pytest.LogCaptureFixture
) -> None:
    wave = reminder_in(30, 4, clock)
    sweeping.tick()
    assert fresh(wave).state == "planned"
    clock.move_to(wave.expires_at)
    sweeping.tick()

    assert fresh(wave).state == "expanded"
    assert [line for line in caplog.messages if "missed" in line] == []
