"""What the relay allows us: connections at once and a rate, over all processes together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from notifications import contract, leases
from notifications.models import Lane, RelaySlot, Sender
from tests.clock import Clock
from tests.makers import make_delivery
from webinars import times

pytestmark = pytest.mark.django_db


def make_sender() -> Sender:
    return Sender.objects.create(host="here", pid=1)


def held(sender: Sender) -> int:
    return RelaySlot.objects.filter(sender=sender).count()


def test_all_senders_together_never_open_more_connections_than_the_relay_allows(
    settings: Settings,
) -> None:
    settings.RELAY_CONNECTIONS, settings.SENDER_CONNECTIONS = 10, 4
    senders = [make_sender() for _each in range(4)]
    granted = [contract.take_connections(sender, lane=Lane.BULK) for sender in senders]
    assert granted == [4, 4, 1, 0]
    assert [held(sender) for sender in senders] == granted


def test_urgent_mail_finds_a_connection_whatever_bulk_mail_holds(settings: Settings) -> None:
    settings.RELAY_CONNECTIONS, settings.SENDER_CONNECTIONS = 16, 16
    bulk, urgent = make_sender(), make_sender()
    assert contract.take_connections(bulk, lane=Lane.BULK) == 14
    assert contract.take_connections(urgent, lane=Lane.URGENT) == 2


def test_a_relay_that_allows_a_single_connection_serves_bulk_mail_too(settings: Settings) -> None:
    settings.RELAY_CONNECTIONS = 1
    assert contract.take_connections(make_sender(), lane=Lane.BULK) == 1


def test_raising_and_lowering_the_setting_is_followed(settings: Settings) -> None:
    settings.RELAY_CONNECTIONS, settings.SENDER_CONNECTIONS = 2, 50
    first, second, third = make_sender(), make_sender(), make_sender()
    assert contract.take_connections(first, lane=Lane.URGENT) == 2
    settings.RELAY_CONNECTIONS = 5
    assert contract.take_connections(second, lane=Lane.URGENT) == 3
    first.delete()
    settings.RELAY_CONNECTIONS = 1
    assert contract.take_connections(third, lane=Lane.URGENT) == 1


def test_connections_come_back_when_their_sender_ends_and_when_it_is_lost(
    settings: Settings, clock: Clock
) -> None:
    settings.RELAY_CONNECTIONS = 3
    with leases.lease() as sender:
        assert contract.take_connections(sender, lane=Lane.URGENT) == 3
    lost = make_sender()
    assert contract.take_connections(lost, lane=Lane.URGENT) == 3
    clock.forward(seconds=61)
    leases.recover_lost()
    assert contract.take_connections(make_sender(), lane=Lane.URGENT) == 3


def test_without_a_rate_everything_may_go(settings: Settings) -> None:
    settings.RELAY_RATE = 0
    assert contract.allowance(500, lane=Lane.BULK) == 500


@pytest.mark.parametrize("rate", [0.5, 1, 14, 200])
@pytest.mark.parametrize("lane", [Lane.URGENT, Lane.BULK])
def test_the_rate_is_kept_over_a_minute_and_made_use_of(
    settings: Settings, clock: Clock, rate: float, lane: Lane
) -> None:
    settings.RELAY_RATE = rate
    contract.allowance(1000, lane=lane)  # makes the row, and takes what had gathered
    contract.allowance(1000, lane=lane)
    began, allowed = times.now(), 0
    for _tick in range(300):
        clock.forward(seconds=0.2)
        allowed += contract.allowance(1000, lane=lane)
    seconds = (times.now() - began).total_seconds()  # a minute, and the test's own
    assert rate * (seconds - 3) <= allowed <= rate * (seconds + 0.5) + 2


def test_after_a_quiet_hour_no_more_than_a_moments_worth_goes_at_once(
    settings: Settings, clock: Clock
) -> None:
    settings.RELAY_RATE = 100
    contract.allowance(1, lane=Lane.URGENT)
    clock.forward(hours=1)
    assert contract.allowance(10_000, lane=Lane.URGENT) <= 33


def test_bulk_mail_leaves_some_of_the_rate_to_what_is_urgent(settings: Settings) -> None:
    settings.RELAY_RATE = 2
    contract.allowance(100, lane=Lane.BULK)
    contract.allowance(100, lane=Lane.BULK)
    assert contract.allowance(100, lane=Lane.BULK) == 0
    assert contract.allowance(100, lane=Lane.URGENT) == 1


def test_a_lease_is_not_lost_because_the_database_was_away(clock: Clock) -> None:
    sender = Sender.objects.create(host="here", pid=1, renewed_at=Now() - timedelta(minutes=5))
    started = leases.ServerStart.function
    try:
        leases.ServerStart.function = "statement_timestamp"  # as if it had come back just now
        assert leases.recover_lost() == 0
        assert Sender.objects.filter(pk=sender.pk).exists()
    finally:
        leases.ServerStart.function = started
    clock.forward(minutes=2)
    leases.recover_lost()
    assert not Sender.objects.filter(pk=sender.pk).exists()


def test_a_sender_that_ends_in_doubt_gives_its_connections_back_at_once(
    settings: Settings,
) -> None:
    settings.RELAY_CONNECTIONS = 2
    with leases.lease() as sender:
        contract.take_connections(sender, lane=Lane.URGENT)
        make_delivery(sender=sender, state="sending")
    assert Sender.objects.filter(pk=sender.pk).exists()
    assert contract.take_connections(make_sender(), lane=Lane.URGENT) == 2
