"""`manage.py watch`: helps when nobody sends, else keeps out of the way, says what is wrong."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.models.functions import Now
from pytest_django import Settings

from notifications import alarms, heartbeats, watching
from notifications.alarms import alarm
from notifications.management.commands import watch
from notifications.models import Alarm, Delivery, Heartbeat, Lane, Sender
from notifications.transport import SMTP_BACKEND
from notifications.troubles import NONE_GOES_OUT, reported, trouble
from tests.clock import Clock
from tests.makers import make_delivery, make_registration, make_webinar
from tests.rig import Rig, wait_for
from tests.sink import Sink, free_port
from webinars import scheduling, times
from webinars.models import Webinar

Deliver = Callable[[], int]


def celery_is_alive() -> None:
    for part in ("tick", "bulk", "urgent"):
        heartbeats.beat(part)


def make_sender(**fields: object) -> Sender:
    return Sender.objects.create(host="here", pid=1, **fields)


def late_mail(clock: Clock, lane: Lane = Lane.URGENT) -> Delivery:
    """One message that has been due for six seconds; Celery has just been there."""
    person = make_registration()
    Delivery.objects.filter(registration=person).update(state="sent")
    delivery = make_delivery(registration=person, lane=lane)
    clock.forward(seconds=6)
    celery_is_alive()
    return delivery


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


@pytest.fixture
def mailed(settings: Settings, mailoutbox: list[EmailMessage]) -> Callable[[], list[str]]:
    """The problems that ADMINS were told, one after the other."""
    settings.ADMINS = [("Operators", "operators@example.org")]
    return lambda: [mail.body.partition("\n")[0] for mail in mailoutbox]


# ---- Helping ------------------------------------------------------------------------------------


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


# ---- Trouble ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_trouble_while_the_mail_flows(clock: Clock, deliver_everything_due: Deliver) -> None:
    make_registration()
    deliver_everything_due()
    clock.forward(minutes=2)
    assert list(trouble()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stalled", "flowing", "found"),
    [
        (Lane.BULK, Lane.URGENT, [NONE_GOES_OUT]),
        (Lane.URGENT, Lane.BULK, [NONE_GOES_OUT]),
        (Lane.BULK, Lane.SOON, []),
    ],
)
def test_mail_that_stalls_is_trouble_though_other_mail_flows(
    clock: Clock, stalled: Lane, flowing: Lane, found: list[str]
) -> None:
    late_mail(clock, stalled)
    clock.forward(seconds=90)
    make_delivery(
        registration=Delivery.objects.first().registration,
        state="sent",
        lane=flowing,
        settled_at=times.now(),
    )
    assert list(trouble()) == found


@pytest.mark.django_db
def test_a_wave_that_nobody_expands_is_trouble(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    due_at = webinar.starts_at - timedelta(hours=24)
    clock.move_to(due_at + timedelta(seconds=85))
    assert list(trouble()) == []
    clock.move_to(due_at + timedelta(seconds=91))
    assert list(trouble()) == [
        "Waves whose messages nobody writes down, for more than 90 seconds: 1."
    ]


@pytest.mark.django_db
def test_what_was_lost_missed_or_given_up_is_trouble(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    webinar.waves.filter(rule__before=timedelta(days=1)).update(
        state="missed", expires_at=Now() - timedelta(minutes=1)
    )
    person = make_registration(webinar=webinar)
    Delivery.objects.update(state="dead", settled_at=Now())
    sender = make_sender(renewed_at=times.now() - timedelta(minutes=4))
    make_delivery(registration=person, state="sending", sender=sender)
    make_delivery(registration=person, state="claimed", sender=sender)
    assert list(trouble()) == [
        "Senders were lost and their messages not taken back: 1.",
        "Messages given up in the last hour: 1.",
        "Waves missed in the last hour: 1.",
    ]
    clock.forward(minutes=61)
    Delivery.objects.update(sender=None, state="sent")
    assert list(trouble()) == []


@pytest.mark.django_db
def test_a_stalled_pipeline_is_told_in_the_mail_and_by_the_check_within_two_minutes(
    clock: Clock,
    settings: Settings,
    mailoutbox: list[EmailMessage],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.ADMINS = [("Operators", "operators@example.org")]
    late_mail(clock)
    watching.look()
    call_command("watch", "--check")
    clock.forward(seconds=110)
    watching.look()

    with pytest.raises(CommandError):
        call_command("watch", "--check")

    assert capsys.readouterr().out == f"{NONE_GOES_OUT}\n"
    assert [(mail.to, mail.body.partition("\n")[0]) for mail in mailoutbox] == [
        (["operators@example.org"], NONE_GOES_OUT)
    ]


@pytest.mark.django_db
def test_a_watch_that_is_silent_is_trouble(clock: Clock) -> None:
    watching.look()
    clock.forward(seconds=119)
    assert reported() == []
    clock.forward(seconds=2)
    assert reported() == [
        "Nobody watches: manage.py watch has given no sign of life for two minutes."
    ]


# ---- Alarms -------------------------------------------------------------------------------------


@contextmanager
def no_relay(settings: Settings) -> Iterator[None]:
    before = settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP_BACKEND, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    yield
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = before


@pytest.mark.django_db
def test_one_problem_does_not_silence_another_and_is_told_once_in_a_quarter_of_an_hour(
    clock: Clock, mailed: Callable[[], list[str]]
) -> None:
    for number in range(3):
        alarm(f"Delivery {number} could not be composed.")
        alarm("The relay refuses us.")
    assert mailed() == ["Delivery 0 could not be composed.", "The relay refuses us."]
    clock.forward(minutes=14)
    alarm("The relay refuses us.")
    assert len(mailed()) == 2
    clock.forward(minutes=2)
    alarm("The relay refuses us.")
    assert mailed()[2:] == ["The relay refuses us."]


@pytest.mark.django_db
def test_an_alarm_that_could_not_be_mailed_is_mailed_when_the_relay_is_back(
    clock: Clock, settings: Settings, mailed: Callable[[], list[str]]
) -> None:
    with no_relay(settings):
        alarm("Webinar 3 could not be planned.")
    clock.forward(seconds=59)
    watching.look()
    assert mailed() == []
    clock.forward(seconds=2)
    watching.look()
    watching.look()
    assert mailed() == ["Webinar 3 could not be planned."]


@pytest.mark.django_db
def test_an_alarm_whose_process_died_over_the_mail_is_mailed_by_another(
    clock: Clock, settings: Settings, mailed: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def die(problem: str) -> bool:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(alarms, "_mail", die)
        with pytest.raises(SystemExit):
            alarm("The relay refuses us.")
    clock.forward(seconds=61)
    alarms.mail_waiting()
    assert mailed() == ["The relay refuses us."]


@pytest.mark.django_db
def test_an_old_problem_is_not_told_again_when_it_is_over(
    clock: Clock, mailed: Callable[[], list[str]]
) -> None:
    alarm("The relay refuses us.")
    clock.forward(minutes=5)
    alarm("The relay refuses us.")
    clock.forward(minutes=30)
    watching.look()
    assert mailed() == ["The relay refuses us."]


@pytest.mark.django_db
def test_where_somebody_watches_no_sender_stops_to_mail_an_alarm(
    mailed: Callable[[], list[str]],
) -> None:
    heartbeats.beat("watch")
    alarm("The relay refuses us.")
    assert mailed() == []
    watching.look()
    assert mailed() == ["The relay refuses us."]


@pytest.mark.django_db
def test_an_alarm_is_current_for_two_minutes(clock: Clock) -> None:
    alarm("The relay refuses us.")
    watching.look()
    clock.forward(seconds=115)
    assert reported() == ["The relay refuses us."]
    clock.forward(seconds=10)
    assert "The relay refuses us." not in reported()


@pytest.mark.django_db(transaction=True)
def test_without_a_database_an_alarm_is_mailed_once_all_the_same(
    mailed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", str(free_port()))
        alarm("The database has been away for a minute.")
        alarm("The database has been away for a minute.")
    connection.close()
    assert mailed() == ["The database has been away for a minute."]
    assert not Alarm.objects.exists()
