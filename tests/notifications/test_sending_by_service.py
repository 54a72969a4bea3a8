"""The whole way, from a registration to an email service's API, by the same outbox as SMTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from itertools import chain, repeat
from time import monotonic

import pytest
from pytest_django import Settings

from notifications import outbox, sweeping
from notifications.models import Delivery, Suppression
from registrations import links, signup
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.provider import Answering, Provider, Reply, Request
from tests.services import MAILGUN, SES, Service
from webinars import ics

pytestmark = pytest.mark.django_db

Playing = Callable[..., Provider]

both = pytest.mark.parametrize("service", [MAILGUN, SES], ids=["mailgun", "ses"])
# Which answer of a service means what is in test_services.py: what follows is the same for each.
one_for_both = pytest.mark.parametrize(
    "service",
    [MAILGUN, pytest.param(SES, marks=pytest.mark.matrix)],
    ids=["mailgun", "ses"],
)

REST = 11  # seconds, a little more than the relay rests


def people(number: int) -> None:
    """Each at a provider of their own: a slow one is given a part of the connections only."""
    webinar = make_webinar()
    for each in range(number):
        make_registration(webinar=webinar, email=f"ada@{each}.example.com")


def drain() -> None:
    sweeping.tick()
    outbox.drain(until=monotonic() + 20)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def after(replies: list[Reply], service: Service) -> Answering:
    """These, and the service's own answers then."""
    waiting = chain(replies, repeat(None))
    return lambda request: next(waiting) or service.answering(request)


def recipients(service: Service, requests: list[Request]) -> Counter[str]:
    return Counter(service.mail(request).recipient for request in requests)


def message_ids(service: Service, requests: list[Request]) -> set[str]:
    return {str(service.mail(request).message["Message-ID"]) for request in requests}


@both
def test_a_confirmation_arrives_at_the_service_with_its_invite(
    playing: Playing, service: Service
) -> None:
    there = playing(service)
    registration = make_registration(first_name="Zoë", language="es")
    drain()
    [request] = there.requests
    got = service.mail(request)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.smtp_code, delivery.tries) == ("sent", None, 1)
    assert got.recipient == registration.email
    assert got.message["Message-ID"] == delivery.message_id
    assert "Zoë" in got.text
    assert links.join_url(registration) in got.html
    attendee = links.attendee(registration)
    invite = ics.invite(registration.webinar, attendee, stamp=delivery.date)
    assert got.calendar.replace(b"\r\n", b"\n") == invite.replace(b"\r\n", b"\n")
    methods = [
        (part.get_content_type(), part["Content-Type"].params.get("method"))
        for part in message_from_bytes(got.octets, policy=policy.default).walk()
        if part.get_content_maintype() in ("text", "application")
    ]
    assert methods == [
        ("text/plain", None),
        ("text/html", None),
        ("text/calendar", "REQUEST"),
        ("application/ics", None),
    ]


@one_for_both
def test_many_go_out_over_several_connections_and_each_once(
    playing: Playing, settings: Settings, service: Service
) -> None:
    settings.SENDER_CONNECTIONS = 4
    there = playing(service)
    people(25)
    drain()
    assert states() == ["sent"] * 25
    assert set(recipients(service, there.requests).values()) == {1}
    assert len(there.requests) == 25
    assert there.connections <= 4


@one_for_both
def test_a_message_that_the_service_refuses_harms_neither_the_others_nor_its_address(
    playing: Playing, service: Service
) -> None:
    playing(service, after([Reply(400)], service))
    people(3)
    drain()
    assert sorted(states()) == ["failed", "sent", "sent"]
    failed = Delivery.objects.get(state="failed")
    assert (failed.smtp_code, failed.outcome) == (400, "400")
    assert not Suppression.objects.exists()


@one_for_both
def test_a_service_that_is_asked_too_fast_is_left_alone_and_gets_the_same_message_later(
    playing: Playing, clock: Clock, service: Service
) -> None:
    there = playing(service, after([Reply(429)], service))
    people(1)
    drain()
    drain()
    assert len(there.requests) == 1
    clock.forward(seconds=REST)
    drain()
    assert states() == ["sent"]
    assert len(there.requests) == 2
    assert message_ids(service, there.requests) == {Delivery.objects.get().message_id}


@one_for_both
def test_a_service_that_does_not_let_us_in_raises_the_alarm_and_fails_nothing(
    playing: Playing, clock: Clock, caplog: pytest.LogCaptureFixture, service: Service
) -> None:
    there = playing(service, after([Reply(403)], service))
    people(5)
    drain()
    assert states() == ["ready"] * 5
    assert len(there.requests) == 1
    assert "ALARM: The mail relay refuses us (403" in caplog.text
    clock.forward(seconds=REST)
    drain()
    assert states() == ["sent"] * 5


@both
def test_a_lost_answer_is_followed_by_the_same_message_twice_at_most(
    playing: Playing, clock: Clock, service: Service
) -> None:
    there = playing(service, lambda _request: Reply(0))
    people(1)
    for _each in range(10):
        drain()
        clock.forward(seconds=90)
    [delivery] = Delivery.objects.all()
    assert (delivery.state, delivery.ambiguous) == ("failed", 2)
    assert len(there.requests) == 3
    assert message_ids(service, there.requests) == {delivery.message_id}


@one_for_both
def test_a_minute_of_the_services_own_trouble_costs_nobody_their_message(
    playing: Playing, clock: Clock, service: Service
) -> None:
    """Each rest ends with one message that finds out how things stand."""
    there = playing(service, after([Reply(500)] * 6, service))
    people(10)
    for _each in range(6):
        drain()
        clock.forward(seconds=REST)
    assert len(there.requests) == 6
    for _each in range(3):
        drain()
        clock.forward(seconds=60)
    assert states() == ["sent"] * 10


@one_for_both
def test_what_was_cancelled_is_not_handed_over(playing: Playing, service: Service) -> None:
    there = playing(service)
    registration = make_registration()
    signup.cancel(registration)
    drain()
    assert [service.mail(request).purpose for request in there.requests] == [
        "registration_cancelled"
    ]


def test_a_service_that_is_away_gets_everything_when_it_is_back(
    playing: Playing, settings: Settings, clock: Clock
) -> None:
    there = playing(MAILGUN)
    url = settings.ANYMAIL["MAILGUN_API_URL"]
    people(3)
    settings.ANYMAIL["MAILGUN_API_URL"] = "http://nowhere.invalid/v3"
    for _each in range(5):
        drain()
        clock.forward(seconds=REST)
    assert states() == ["ready"] * 3
    settings.ANYMAIL["MAILGUN_API_URL"] = url
    drain()
    assert states() == ["sent"] * 3
    assert set(recipients(MAILGUN, there.requests).values()) == {1}
