"""`manage.py watch`: helps when nobody sends, else keeps out of the way, and never ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from notifications import heartbeats, watching
from notifications.management.commands import watch
from notifications.models import Delivery, Heartbeat, Lane
from tests.clock import Clock
from tests.makers import make_delivery, make_registration, make_webinar
from tests.notifications.stalling import celery_is_alive, late_mail, make_sender
from tests.rig import Rig, wait_for
from tests.sink import Sink
from webinars import scheduling, times
from webinars.models import Webinar


def move(webinar: Webinar) -> None:
    """A day later: news that are due at once, as soon as somebody ticks."""
    scheduling.reschedule(
        webinar,
        date=webinar.local_date + timedelta(days=1),
        time=webinar.local_time,
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )


@pytest.mark.django_db
def test_what_is_late_is_sent_when_nobody_is_at_work(clock: Clock, sent: Sink) -> None:
    late_mail(clock)
    assert (watching.watch_once(), len(sent.mails)) == (1, 1)


@pytest.mark.django_db
def test_what_is_just_due_is_left_to_the_workers(clock: Clock, sent: Sink) -> None:
    make_registration()
    clock.forward(seconds=4)
    celery_is_alive()
    assert (watching.watch_once(), sent.mails) == (0, [])


@pytest.mark.django_db
@pytest.mark.parametrize("claimed", [0, 50])
def test_a_sender_at_work_is_left_alone_however_slow_the_relay(
    clock: Clock, sent: Sink, claimed: int
) -> None:
    late_mail(clock)
    make_sender(claimed_at=times.now() - timedelta(seconds=claimed))
    assert (watching.watch_once(), sent.mails) == (0, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field", [{"renewed_at": timedelta(seconds=25)}, {"claimed_at": timedelta(seconds=70)}]
)
def test_a_sender_that_is_dead_or_stuck_keeps_nobody_from_helping(
    clock: Clock, sent: Sink, field: dict[str, timedelta]
) -> None:
    late_mail(clock)
    at = {name: times.now() - ago for name, ago in field.items()}
    make_sender(**{"claimed_at": times.now(), **at})
    assert (watching.watch_once(), len(sent.mails)) == (1, 1)


@pytest.mark.django_db
def test_between_two_drains_somebody_is_at_work_too(clock: Clock, sent: Sink) -> None:
    late_mail(clock)
    make_delivery(state="sent", settled_at=times.now() - timedelta(seconds=1))
    assert (watching.watch_once(), sent.mails) == (0, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lane", "gone", "helped"),
    [
        (Lane.BULK, "bulk", Lane.BULK),
        (Lane.BULK, "urgent", None),
        (Lane.URGENT, "urgent", Lane.URGENT),
        (Lane.URGENT, "bulk", None),
    ],
)
def test_where_one_kind_of_workers_is_gone_only_its_mail_is_helped(
    clock: Clock, lane: Lane, gone: str, helped: Lane | None
) -> None:
    late_mail(clock, lane)
    make_sender(claimed_at=times.now())
    Heartbeat.objects.filter(name=gone).update(at=Now() - timedelta(seconds=31))
    assert watching.lane_to_help() is helped


@pytest.mark.django_db
def test_news_due_at_once_are_sent_when_the_tick_is_lost(clock: Clock, sent: Sink) -> None:
    webinar = make_webinar(starts_in=timedelta(hours=20))
    make_registration(webinar=webinar)
    watching.sweeping.tick()
    Delivery.objects.update(state="sent")
    heartbeats.beat("tick")
    move(webinar)
    clock.forward(seconds=5)
    assert watching.watch_once() == 0
    clock.forward(seconds=2)
    assert watching.watch_once() == 1
    assert [mail.purpose for mail in sent.mails] == ["moved"]


def test_watch_alone_sends_what_is_late_and_what_a_tick_must_find_first(
    rig: Rig, sent: Sink
) -> None:
    rig.stop_broker()
    webinar = make_webinar(starts_in=timedelta(hours=20))
    person = make_registration(webinar=webinar)
    process = rig.watch()
    wait_for(lambda: len(sent.to(person.email)) == 1, "the confirmation arrived")
    move(webinar)
    wait_for(lambda: len(sent.to(person.email)) == 2, "the news arrived")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError, "The database has been away for a minute."),
        (KeyError, "Our own code failed in manage.py watch (KeyError)."),
    ],
)
def test_nothing_that_goes_wrong_ends_the_watch(
    error: type[Exception],
    said: str,
    mailed: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "AWAY_SECONDS", 0)
    monkeypatch.setattr(watch, "FAILED_SECONDS", 0)
    stop, outcomes = Event(), iter([error, error])

    def act() -> None:
        if outcome := next(outcomes, None):
            raise outcome
        stop.set()

    watch.keep_doing(act, 0, stop)
    assert (stop.is_set(), mailed()) == (True, [said])
