"""What is claimed ahead, over a connection of its own, while the outbox's stamps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from notifications import claims, leases, outbox
from notifications.intake import Intake
from notifications.models import Delivery, Lane, Sender
from tests.makers import make_carer, make_registration, make_wave
from tests.registrations.racing import is_anybody_waiting
from tests.rig import wait_for
from tests.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = 4
LATE = timedelta(seconds=20)
READY = {"state": "ready", "sender": None}


@pytest.fixture
def intake() -> Iterator[Intake]:
    """One that is low."""
    make_wave(40, due_ago=LATE)
    this = Intake(Sender.objects.create(host="here", pid=1), Lane.BULK, CONNECTIONS)
    use_up(this)
    yield this
    this.close()


def use_up(this: Intake) -> None:
    """All but a few of its first claim."""
    this.fill()
    while len(this) >= CONNECTIONS:
        this.next()


@contextmanager
def held_up(sender: Sender) -> Iterator[BaseDatabaseWrapper]:
    """Somebody holds the sender's row, which a claim writes to: their connection."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM notifications_sender WHERE id = %s FOR UPDATE", [sender.pk])
        yield other
    finally:
        other.close()


def end(line: BaseDatabaseWrapper | None) -> None:
    """Its connection is lost."""
    assert line is not None
    pid = line.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_nobody_waits_for_it(intake: Intake) -> None:
    with held_up(intake.sender):
        intake.fill()
        assert not intake.is_low()
        assert len(intake) == CONNECTIONS - 1
        assert Delivery.objects.filter(**READY).count() > 0
        assert intake.next()
    wait_for(intake.is_low, "the claim is answered")
    intake.fill()
    assert len(intake) > CONNECTIONS


def test_whoever_has_nothing_left_waits_for_it(intake: Intake) -> None:
    intake.fill()
    while intake.next():
        pass
    assert intake.is_low()
    intake.fill()
    assert len(intake) > CONNECTIONS


def test_where_it_finds_nothing_and_nothing_is_left_another_looks_at_once(intake: Intake) -> None:
    Delivery.objects.filter(**READY).update(expires_at="2020-01-01T00:00Z")
    intake.fill()
    while intake.next():
        pass
    make_wave(3, due_ago=LATE)
    intake.fill()
    assert len(intake) == 3


def test_it_is_given_back_with_the_rest(intake: Intake) -> None:
    begun = Delivery.objects.exclude(**READY).count() - len(intake)
    intake.fill()
    intake.give_back()
    assert not len(intake)
    assert Delivery.objects.filter(**READY).count() == 40 - begun


def test_at_the_end_it_is_over_before_the_sender_gives_back_what_it_holds() -> None:
    make_wave(40, due_ago=LATE)
    with leases.lease() as sender:
        this = Intake(sender, Lane.BULK, CONNECTIONS)
        use_up(this)
        this.fill()
        this.close()
    assert Delivery.objects.filter(**READY).count() == 40
    assert not Sender.objects.exists()


def test_whoever_closes_waits_for_its_end(intake: Intake) -> None:
    with ThreadPoolExecutor(1) as thread, held_up(intake.sender) as other:
        intake.fill()
        before = Delivery.objects.filter(**READY).count()
        thread.submit(end_once_closing, other)
        intake.close()
        assert Delivery.objects.filter(**READY).count() < before


def end_once_closing(other: BaseDatabaseWrapper) -> None:
    """A moment later: whoever does not wait is through by then."""
    sleep(0.5)
    end(other)
    connection.close()


class Stopped:
    """Somebody stops us while we wait for PostgreSQL."""

    def poll(self, milliseconds: int) -> list[tuple[int, int]]:
        raise SystemExit


def test_whoever_is_stopped_while_they_wait_for_it_gives_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wave(40, due_ago=LATE)
    with leases.lease() as sender:
        this = Intake(sender, Lane.BULK, CONNECTIONS)
        use_up(this)
        with held_up(sender):
            this.fill()
            assert this._ahead is not None
            with monkeypatch.context() as stopped:
                stopped.setattr(this._ahead._statement, "_answers", Stopped())
                with pytest.raises(SystemExit):
                    this._take_what_is_ahead()
        this.give_back()
        this.close()
    assert Delivery.objects.filter(**READY).count() == 40
    assert not Sender.objects.exists()


def test_a_claim_that_nobody_waits_for_ends_before_its_sender() -> None:
    """As where the connection is cut while PostgreSQL goes on."""
    make_wave(40, due_ago=LATE)
    other = connection.copy()
    with ThreadPoolExecutor(1) as thread, leases.lease() as sender:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
        claiming = claims.Claiming(
            sender, lane=Lane.BULK, limit=20, common=claims.Common(), on=other
        )
        assert len(claiming.batch()) == 20
        thread.submit(end_once_somebody_waits, other)
    assert Delivery.objects.filter(**READY).count() == 40
    assert not Sender.objects.exists()


def end_once_somebody_waits(other: BaseDatabaseWrapper) -> None:
    try:
        wait_for(is_anybody_waiting, "the sender ends")
        other.connection.pgconn.exec_(b"COMMIT")
    finally:
        connection.close()
        other.connection.close()


def test_what_nobody_holds_comes_back() -> None:
    make_wave(2, due_ago=LATE)
    Delivery.objects.update(state="claimed", sender_id=999_999)
    assert leases.recover_lost() == 2
    assert set(Delivery.objects.values_list("state", "sender", "deaths")) == {("ready", None, 1)}
    assert leases.recover_lost() == 0


def test_without_a_connection_to_spare_everything_is_sent_all_the_same(
    sent: Sink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDER_CONNECTIONS = 2
    make_wave(60, due_ago=LATE)
    tries: list[Intake] = []

    def no_line(this: Intake) -> BaseDatabaseWrapper:
        tries.append(this)
        raise OperationalError("too many clients already")

    monkeypatch.setattr(Intake, "_own_line", no_line)
    assert outbox.drain(until=monotonic() + 60) == 60
    assert len(sent.mails) == 60
    assert len(tries) == 1


def test_what_is_known_is_given_back_although_its_connection_is_lost(intake: Intake) -> None:
    held = Delivery.objects.exclude(**READY).count()
    with held_up(intake.sender):
        intake.fill()
        end(intake._line)
    with pytest.raises(OperationalError):
        intake.give_back()
    intake.give_back()
    assert Delivery.objects.exclude(**READY).count() == held - (CONNECTIONS - 1)


def test_deliveries_are_made_a_few_at_a_time_in_order_and_know_whom_they_help() -> None:
    helped = [make_registration(first_name=name) for name in ("Ada", "Bea", "Cleo")]
    carers = [make_carer(patient=patient) for patient in helped]
    sender = Sender.objects.create(host="here", pid=1)
    Delivery.objects.exclude(registration__in=carers).delete()
    batch = claims.claim(sender, lane=Lane.URGENT, limit=50)
    ids = batch.ids()
    found = [*batch.take(1), *batch.take(1), *batch.take()]
    assert [each.pk for each in found] == ids == sorted(ids)
    assert not len(batch)
    assert not batch.take()
    known = {each.registration_id: str(each.registration.carer_of) for each in found}
    assert known == {carer.pk: str(carer.carer_of) for carer in carers}


def test_many_are_sent_once_each_and_no_connection_is_left(sent: Sink, settings: Settings) -> None:
    settings.SENDER_CONNECTIONS = 2
    make_wave(60, due_ago=LATE)
    before = sessions()
    assert outbox.drain(until=monotonic() + 60) == 60
    assert len({mail.recipient for mail in sent.mails}) == len(sent.mails) == 60
    wait_for(lambda: sessions() == before, "its connections are closed")


def test_whoever_loses_that_connection_half_way_leaves_everything_in_order(
    sent: Sink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDER_CONNECTIONS = 2
    make_wave(60, due_ago=LATE)
    begin = Intake._begin_ahead

    def lost_at_once(this: Intake) -> None:
        with held_up(this.sender):
            begin(this)
            end(this._line)

    with monkeypatch.context() as broken:
        broken.setattr(Intake, "_begin_ahead", lost_at_once)
        with pytest.raises(OperationalError):
            outbox.drain(until=monotonic() + 60)
    assert 0 < len(sent.mails) < 60
    assert not Delivery.objects.filter(state__in=["claimed", "sending"]).exists()
    assert not Sender.objects.exists()

    outbox.drain(until=monotonic() + 60)
    assert len({mail.recipient for mail in sent.mails}) == len(sent.mails) == 60
