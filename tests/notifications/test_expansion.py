"""How waves become deliveries: in turns, within bounds, and whatever else happens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import time, timedelta
from itertools import count
from threading import Event

import pytest
from django.db import connection, transaction

from notifications import expansion, planning, sweeping
from notifications.auditing import unexplained
from notifications.models import Delivery, ReminderRule, Wave
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.test_reminders import move, only_rule, purposes
from tests.registrations.test_signup import at_once
from tests.sink import Sink
from webinars import times
from webinars.models import Webinar

Deliver = Callable[[], int]

DAY = timedelta(days=1)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows at a time, four at most that wait."""
    monkeypatch.setattr(expansion, "BATCH", 2)
    monkeypatch.setattr(expansion, "ENOUGH", 4)


def people(webinar: Webinar, number: int, **fields: str) -> list[Registration]:
    return [make_registration(webinar=webinar, **fields) for _ in range(number)]


def reminder_in(hours: int, number: int, clock: Clock, **fields: str) -> Wave:
    """Of a webinar with so many people; its time to be expanded has just come."""
    webinar = make_webinar(starts_in=timedelta(hours=hours))
    people(webinar, number, **fields)
    wave = webinar.waves.get(rule__before=DAY)
    clock.move_to(wave.expand_at + timedelta(seconds=1))
    return wave


def rows(wave: Wave, state: str = "ready") -> int:
    return Delivery.objects.filter(wave=wave, state=state).count()


def fresh(wave: Wave) -> Wave:
    wave.refresh_from_db()
    return wave


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


# ---- Bounds and turns ---------------------------------------------------------------------------


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


# ---- Whatever happens meanwhile -----------------------------------------------------------------


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
    gone.consents.all().delete()

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
        assert purposes(sent, person) == ["confirmation", "reminder"]
        assert sent.to(person.email)[-1].subject == "Tomorrow we meet"


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
        assert purposes(sent, person) == ["confirmation", "reminder"]
