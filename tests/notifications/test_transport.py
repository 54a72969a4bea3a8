"""SMTP as relays really speak it: TLS, hang-ups, odd replies, wrong settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from time import monotonic, sleep

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from notifications import auditing, outbox, resting, sweeping, watching
from notifications.models import Delivery, Suppression
from notifications.transport import SMTP_BACKEND
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.scripted import Script, Scripted, politely
from tests.sink import free_port

pytestmark = pytest.mark.django_db

Relay = Callable[[Script], Scripted]


@pytest.fixture
def relay(settings: Settings) -> Iterator[Relay]:
    made: list[Scripted] = []

    def make(script: Script) -> Scripted:
        made.append(Scripted(script))
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made[-1].port
        return made[-1]

    yield make
    for each in made:
        each.close()


def people(number: int) -> None:
    webinar = make_webinar()
    for _each in range(number):
        make_registration(webinar=webinar)


def drain() -> int:
    sweeping.tick()
    return outbox.drain(until=monotonic() + 20)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_one_connection_is_kept_and_ended_politely(relay: Relay) -> None:
    server = relay(politely)
    people(3)
    drain()
    assert states() == ["sent"] * 3
    assert len(server.heard) == 1
    assert server.heard[0][-1].upper() == "QUIT"


def test_a_refusal_stays_one_when_the_relay_hangs_up_after_it(relay: Relay) -> None:
    def script(command: str, connection: int) -> str | None:
        if command == ".":
            return "554 5.7.1 no"
        return None if command == "RSET" else politely(command, connection)

    relay(script)
    people(2)
    drain()
    assert states() == ["failed", "failed"]


def test_any_yes_after_the_dot_is_one(relay: Relay) -> None:
    relay(lambda command, number: "252 fine" if command == "." else politely(command, number))
    people(1)
    drain()
    assert states() == ["sent"]


def test_a_relay_that_takes_only_so_many_messages_on_a_connection_gets_a_new_one(
    relay: Relay, settings: Settings
) -> None:
    settings.RELAY_CONNECTIONS = 8
    taken: dict[int, int] = {}
    several = Barrier(4)  # of them say so one after the other, with no yes between

    def script(command: str, connection: int) -> str | None:
        if command.startswith("MAIL"):
            taken[connection] = taken.get(connection, 0) + 1
            if taken[connection] > 3:
                with suppress(BrokenBarrierError):
                    several.wait(2)
                return "421 4.7.0 enough on this connection"
        return politely(command, connection)

    server = relay(script)
    people(40)
    drain()
    assert states() == ["sent"] * 40
    assert len(server.heard) >= 14
    assert not resting.relay_rests()


def test_one_recipient_at_whom_the_relay_hangs_up_does_not_stop_the_others(relay: Relay) -> None:
    people(5)
    bad = Delivery.objects.order_by("pk")[0].registration.email

    def script(command: str, connection: int) -> str | None:
        is_bad = command == f"RCPT TO:<{bad}>"
        return "421 4.3.2 closing" if is_bad else politely(command, connection)

    relay(script)
    drain()
    assert states() == ["ready", *["sent"] * 4]


def test_a_wrong_password_is_tried_once_and_then_the_relay_rests_for_everybody(
    relay: Relay, settings: Settings, clock: Clock
) -> None:
    def script(command: str, connection: int) -> str | None:
        if command.upper().startswith("EHLO"):
            return "250-here\r\n250 AUTH PLAIN"
        return "535 5.7.8 no" if command.startswith("AUTH") else politely(command, connection)

    server = relay(script)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    people(10)
    for _time in range(5):
        drain()
    assert len(server.heard) == 1
    clock.forward(seconds=11)
    drain()
    assert len(server.heard) == 2
    assert states() == ["ready"] * 10


def test_a_sender_address_that_the_relay_does_not_like_blames_no_patient(relay: Relay) -> None:
    def script(command: str, connection: int) -> str | None:
        if command.startswith("RCPT"):
            return "553 5.7.1 Sender address rejected: not owned by user"
        return politely(command, connection)

    relay(script)
    people(6)
    drain()
    assert states() == ["failed"] * 6
    assert not Suppression.objects.exists()
    assert list(watching.trouble()) == [
        "The mail relay refused 100% of the last hour's messages for good."
    ]
    assert list(auditing.unexplained()) == ["refused for good by the relay in the last hour: 100%"]


def test_a_relay_that_is_away_raises_the_alarm_within_two_minutes_however_few_wait(
    settings: Settings, clock: Clock
) -> None:
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    people(2)
    for _time in range(10):
        drain()
        clock.forward(seconds=12)
    drain()
    assert list(watching.trouble()) == [
        "Messages have been due for more than 90 seconds, and none goes out."
    ]


def test_a_slow_domain_does_not_keep_the_others_waiting(relay: Relay) -> None:
    people(30)
    slow = set(Registration.objects.order_by("pk").values_list("pk", flat=True)[:20])
    for person in Registration.objects.filter(pk__in=slow):
        Registration.objects.filter(pk=person.pk).update(email=f"p{person.pk}@tarpit.example")
    ends: list[float] = []

    def script(command: str, connection: int) -> str | None:
        if "@tarpit.example" in command:
            sleep(1)
        elif command == ".":
            ends.append(monotonic())
        return politely(command, connection)

    relay(script)
    began = monotonic()
    drain()
    assert states().count("sent") >= 10
    assert sorted(ends)[9] - began < 10  # one after the other would be 20


class Away(BaseEmailBackend):
    """An email service that cannot be reached."""

    def send_messages(self, messages: object) -> int:
        raise ConnectionRefusedError


def test_an_email_service_that_is_away_loses_nothing(settings: Settings, clock: Clock) -> None:
    settings.EMAIL_BACKEND = "tests.notifications.test_transport.Away"
    people(1)
    for _time in range(8):
        drain()
        clock.forward(seconds=40)
    assert states() == ["ready"]


def test_nothing_is_late_when_somebody_joins_a_wave_that_went_out_long_ago(
    clock: Clock, relay: Relay
) -> None:
    relay(politely)
    webinar = make_webinar(starts_in=timedelta(days=5))
    make_registration(webinar=webinar)
    clock.move_to(webinar.starts_at - timedelta(hours=20))
    drain()
    Delivery.objects.filter(purpose="reminder").delete()  # as if they had come between
    sweeping.repair()
    assert list(watching.trouble()) == []
