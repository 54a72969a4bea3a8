"""The bell that wakes a worker: one while nobody has heard it, however many sign up at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from redis import Redis

from notifications import tasks, wake
from tests.makers import make_registration, make_webinar
from tests.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "urgent"
QUIET_SECONDS = wake.QUIET_SECONDS


@pytest.fixture(autouse=True)
def nobody_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """But where a test says so."""
    monkeypatch.setattr(wake, "_quiet_until", 0.0)
    monkeypatch.setattr(wake, "_rest_until", 0.0)
    monkeypatch.setattr(wake, "QUIET_SECONDS", 0)


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The real one, with no bell in it."""
    with Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        broker.delete(QUEUE, wake.RINGING)
        yield broker
        broker.delete(QUEUE, wake.RINGING)


def test_a_crowd_rings_once_until_a_worker_hears_it(
    broker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "RINGS_MILLISECONDS", 60_000)  # however slow this machine is
    webinar = make_webinar()
    for number in range(3):
        make_registration(webinar=webinar, email=f"{number}@example.com")
    assert broker.llen(QUEUE) == 1
    next(wake.looks())
    make_registration(webinar=webinar, email="late@example.com")
    assert broker.llen(QUEUE) == 2


def test_a_process_that_has_rung_is_quiet_for_a_moment(
    broker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "QUIET_SECONDS", 60)  # however slow this machine is
    webinar = make_webinar()
    make_registration(webinar=webinar)
    next(wake.looks())
    make_registration(webinar=webinar, email="next@example.com")
    assert broker.llen(QUEUE) == 1


def test_whoever_signs_up_in_that_moment_is_seen_by_the_second_look(
    broker: Redis, monkeypatch: pytest.MonkeyPatch, sent: Sink
) -> None:
    monkeypatch.setattr(wake, "QUIET_SECONDS", 60)  # however slow this machine is
    webinar = make_webinar()
    first = make_registration(webinar=webinar)

    def sign_up(seconds: float) -> None:
        assert seconds > QUIET_SECONDS
        assert len(sent.to(first.email)) == 1
        make_registration(webinar=webinar, email="next@example.com")

    monkeypatch.setattr(wake, "sleep", sign_up)
    tasks.drain_urgent()
    assert len(sent.to("next@example.com")) == 1
    assert broker.llen(QUEUE) == 1


def test_a_broker_that_did_not_hear_us_is_rung_again(
    broker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "QUIET_SECONDS", 60)
    webinar = make_webinar()
    with monkeypatch.context() as away:
        away.setattr(wake, "_ring_once", broken)
        make_registration(webinar=webinar)
    monkeypatch.setattr(wake, "_rest_until", 0.0)
    make_registration(webinar=webinar, email="next@example.com")
    assert broker.llen(QUEUE) == 1


def broken(_producer: object) -> None:
    raise ConnectionError


def test_a_bell_that_nobody_hears_keeps_the_next_one_back_for_a_second_at_most(
    broker: Redis,
) -> None:
    make_registration()
    assert 0 < broker.pttl(wake.RINGING) <= wake.RINGS_MILLISECONDS == 1_000


def test_nothing_rings_before_the_commit(broker: Redis) -> None:
    with transaction.atomic():
        make_registration()
        assert broker.llen(QUEUE) == 0
    assert broker.llen(QUEUE) == 1


def test_a_broker_that_lost_everything_is_rung_again(broker: Redis) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar)
    broker.flushdb()
    make_registration(webinar=webinar, email="next@example.com")
    assert broker.llen(QUEUE) == 1
