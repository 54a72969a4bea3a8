"""How many deliveries a sender claims at a time, and when again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from notifications import claims, intake
from notifications.intake import Intake
from notifications.models import Delivery, Lane, Sender
from tests.makers import make_wave, make_webinar
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

CONNECTIONS = 4


class Time:
    """What `monotonic` says."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(intake, "monotonic", time)
    return time


def an_intake() -> Intake:
    return Intake(Sender.objects.create(host="here", pid=1), Lane.BULK, CONNECTIONS)


def filled(this: Intake, time: Time, *, after: float) -> int:
    """How many it claims when everything before was used up in so many seconds."""
    while this.next():
        pass
    time.now += after
    assert this.is_low()
    this.fill()
    return len(this)


def test_a_quick_sender_claims_more_at_a_time_and_a_slow_one_fewer(time: Time) -> None:
    make_wave(200, due_ago=timedelta(seconds=20))
    this = an_intake()
    assert [filled(this, time, after=seconds) for seconds in (0.01, 0.01, 0.08)] == [16, 32, 32]
    assert [filled(this, time, after=seconds) for seconds in (1, 1, 1)] == [16, 8, 8]


def test_a_slow_rate_claims_what_two_seconds_take(time: Time, settings: Settings) -> None:
    make_wave(30, due_ago=timedelta(seconds=20))
    settings.RELAY_RATE = 1
    assert filled(an_intake(), time, after=0.01) == 2


def test_it_is_filled_before_it_is_empty_while_there_is_plenty(time: Time) -> None:
    make_wave(30, due_ago=timedelta(seconds=20))
    this = an_intake()
    this.fill()
    assert not this.is_low()
    while len(this) >= CONNECTIONS:
        this.next()
    assert this.is_low()


def test_what_finds_nothing_looks_again_after_a_moment_or_when_something_changed(
    time: Time,
) -> None:
    this = an_intake()
    this.fill()
    assert not this.is_low()
    time.now += 0.25
    assert this.is_low()
    this.fill()
    this.something_changed()
    assert this.is_low()


def test_what_is_given_back_is_ready_again(time: Time) -> None:
    make_wave(5, due_ago=timedelta(seconds=20))
    this = an_intake()
    this.fill()
    taken = this.next()
    assert taken
    this.give_back([taken])
    assert not len(this)
    assert Delivery.objects.filter(state="ready", sender=None).count() == 5


def test_a_sender_that_was_lost_claims_nothing() -> None:
    make_wave(5, due_ago=timedelta(seconds=20))
    sender = Sender.objects.create(host="here", pid=1)
    Sender.objects.filter(pk=sender.pk).delete()
    assert claims.claim(sender, lane=Lane.BULK, limit=5).take() == []
    assert Delivery.objects.filter(state="ready", sender=None).count() == 5


def test_a_webinar_is_read_again_when_something_changed_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "GOOD_SECONDS", 600)
    pk, common = make_webinar().pk, claims.Common()
    before = common.webinars({pk})[pk]
    Webinar.objects.filter(pk=pk).update(title="Another")
    assert common.webinars({pk})[pk] is before
    common.forget()
    assert common.webinars({pk})[pk].title == "Another"
