"""An alarm is mailed once in a quarter of an hour, by somebody who has the time, at last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from pytest_django import Settings

from notifications import alarms, heartbeats, watching
from notifications.alarms import alarm
from notifications.models import Alarm
from notifications.transport import SMTP_BACKEND
from notifications.troubles import reported
from tests.clock import Clock
from tests.sink import free_port


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
