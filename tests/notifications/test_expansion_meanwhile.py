"""Whatever happens while a wave is expanded: everybody is written down, once, and truly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import time, timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from notifications import expansion, planning, sweeping
from notifications.models import Delivery, ReminderRule, Wave
from registrations import signup
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.expanding import DAY, fresh, people, reminder_in, rows
from tests.notifications.test_reminders import move, only_rule, purposes
from tests.registrations.test_signup import at_once
from tests.sink import Sink

Deliver = Callable[[], int]


@contextmanager
def in_another_process(act: Callable[[], object]) -> Iterator[None]:
    """Begun and not committed before the block; committed after it."""
    begun, may_commit = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                act()
                begun.set()
                may_commit.wait(60)
        finally:
            begun.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        begun.wait(60)
        try:
            yield
        finally:
            may_commit.set()
            future.result(60)


@pytest.mark.django_db(transaction=True)
def test_ten_expanders_at_once_write_everybody_down_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expansion, "BATCH", 3)
    wave = reminder_in(30, 40, clock)

    def act(_index: int) -> None:
        while fresh(Wave.objects.get(pk=wave.pk)).state == "planned":
            sweeping.tick()

    assert at_once(10, act) == {"done": 10}

    told = Counter(Delivery.objects.filter(wave=wave).values_list("registration", flat=True))
    assert told == dict.fromkeys(wave.webinar.registrations.values_list("pk", flat=True), 1)


@pytest.mark.django_db(transaction=True)
def test_a_wave_that_somebody_is_at_is_passed_over_for_the_next(
    clock: Clock, small_batches: None
) -> None:
    wave = reminder_in(30, 3, clock)
    another = make_webinar(starts_in=timedelta(hours=24, minutes=10))
    people(another, 1)

    with in_another_process(lambda: expansion.expand_some(wave.pk, limit=2)):
        assert expansion.expand_due() == 1

    assert rows(another.waves.get(rule__before=DAY)) == 1
    assert (rows(wave), fresh(wave).state) == (2, "planned")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [1, 9])
def test_somebody_whose_registration_is_committed_after_the_cursor_passed_is_reminded(
    clock: Clock, small_batches: None, others: int
) -> None:
    wave = reminder_in(30, 1, clock)
    webinar = wave.webinar

    with in_another_process(lambda: make_registration(webinar=webinar, email="late@example.com")):
        people(webinar, others)
        sweeping.tick()
        assert not Delivery.objects.filter(registration__email="late@example.com").exists()
        assert fresh(wave).state == ("expanded" if others == 1 else "planned")
    sweeping.tick()

    late = Delivery.objects.filter(registration__email="late@example.com", wave=wave)
    assert late.count() == 1
    assert late.get().registration_id < fresh(wave).cursor


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_repeats_nothing_skips_nobody_and_stops_no_other_wave(
    clock: Clock, small_batches: None, caplog: pytest.LogCaptureFixture
) -> None:
    wave = reminder_in(30, 3, clock)
    another = make_webinar(starts_in=timedelta(hours=24, minutes=9, seconds=59))
    people(another, 1)
    gone = wave.webinar.registrations.earliest("pk")
    gone.deliveries.all().delete()

    # It is still there when the batch is read, and not any more when its foreign key is checked.
    with ThreadPoolExecutor(1) as pool:
        with in_another_process(gone.delete):
            expanding = pool.submit(expand_and_hang_up)
            wait_until_somebody_waits()
        expanding.result(60)

    assert f"Wave {wave.pk} could not be expanded (IntegrityError)" in caplog.text
    assert (rows(wave), fresh(wave).cursor) == (0, 0)
    assert rows(another.waves.get(rule__before=DAY)) == 1
    sweeping.tick()
    assert (rows(wave), fresh(wave).state) == (2, "expanded")


def expand_and_hang_up() -> int:
    try:
        return expansion.expand_due()
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    for _time in range(6000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_move_while_its_wave_expands_ends_that_and_tells_everybody_the_new_time_only(
    clock: Clock, small_batches: None, sent: Sink, deliver_everything_due: Deliver
) -> None:
    wave = reminder_in(30, 7, clock)
    deliver_everything_due()
    assert fresh(wave).state == "planned"
    Delivery.objects.filter(wave=wave).update(state="skipped")  # there is room for more

    with ThreadPoolExecutor(1) as pool:
        with in_another_process(lambda: expansion.expand_some(wave.pk, limit=2)):
            moving = pool.submit(at_once, 1, lambda _index: move(wave.webinar, days=3))
            wait_until_somebody_waits()
        assert moving.result(60) == {"done": 1}

    assert (fresh(wave).state, rows(wave)) == ("superseded", 2)
    clock.move_to(wave.due_at + timedelta(minutes=6))
    for _time in range(4):
        deliver_everything_due()
    assert rows(wave) == 0
    for person in wave.webinar.registrations.all():
        assert purposes(sent, person) == ["confirmation", "moved"]


@pytest.mark.django_db(transaction=True)
def test_a_rule_edited_while_its_first_batch_is_written_is_replaced_and_reminds_once(
    clock: Clock, small_batches: None, sent: Sink, deliver_everything_due: Deliver
) -> None:
    wave = reminder_in(30, 3, clock)
    rule = ReminderRule.objects.get(pk=wave.rule_id)
    rule.subject = "Tomorrow we meet"

    with ThreadPoolExecutor(1) as pool:
        with in_another_process(lambda: expansion.expand_some(wave.pk, limit=2)):
            saving = pool.submit(at_once, 1, lambda _index: planning.save_rule(rule))
            wait_until_somebody_waits()
        assert saving.result(60) == {"done": 1}

    assert (fresh(wave).state, rows(wave)) == ("superseded", 2)
    clock.move_to(wave.due_at + timedelta(seconds=1))
    for _time in range(3):
        deliver_everything_due()
    for person in wave.webinar.registrations.all():
        assert sorted(purposes(sent, person)) == ["confirmation", "reminder"]  # both are due
        assert "Tomorrow we meet" in [mail.subject for mail in sent.to(person.email)]


@pytest.mark.django_db
@pytest.mark.parametrize("to_one_that_is_expanded", [True, False])
def test_whoever_changes_zone_while_the_waves_expand_is_reminded_once(
    clock: Clock,
    small_batches: None,
    sent: Sink,
    deliver_everything_due: Deliver,
    to_one_that_is_expanded: bool,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=5))
    only_rule(webinar, days_before=1, local_time=time(9))
    first, then = "America/Toronto", "America/New_York"  # the same clock
    one = make_registration(webinar=webinar, time_zone=first)
    people(webinar, 5, time_zone=then)
    last = make_registration(webinar=webinar, time_zone=then)
    wave = Wave.objects.get(zone=then)
    clock.move_to(wave.due_at + timedelta(seconds=1))
    sweeping.tick()
    due = Wave.objects.filter(webinar=webinar, due_at=wave.due_at)
    assert {each.zone: each.state for each in due} == {first: "expanded", then: "planned"}
    if to_one_that_is_expanded:
        signup.change_zone(last, time_zone=first)
    else:
        signup.change_zone(one, time_zone=then)
    for _time in range(3):
        deliver_everything_due()
    clock.forward(minutes=2)
    deliver_everything_due()

    for person in (one, last):
        assert sorted(purposes(sent, person)) == ["confirmation", "reminder"]  # both are due
