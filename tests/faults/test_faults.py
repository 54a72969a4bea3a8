"""The short selection: real processes, a fault each, and the audit. Seeded by SEED."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from pytest_django import DjangoDbBlocker

from tests.faults import cluster
from tests.faults.play import Scene, play
from tests.faults.scenes import beats, broker, database, dying, races, relay

SEED = int(os.environ.get("SEED") or random.randrange(1_000_000))
Survive = Callable[[Scene], None]


@pytest.fixture(scope="module")
def ground(django_db_blocker: DjangoDbBlocker) -> Iterator[cluster.Cluster]:
    with django_db_blocker.unblock(), cluster.running() as server:
        yield server


@pytest.fixture
def survives(ground: cluster.Cluster, request: pytest.FixtureRequest) -> Survive:
    """Plays a scene; fails with whatever bar was broken, and with the command that repeats it."""

    def survives(scene: Scene) -> None:
        outcome = play(ground, request.node.name, scene, SEED)
        again = f"again: SEED={SEED} make test ARGS='-k {request.node.name}'"
        assert outcome.broken == [], "\n".join([again, *outcome.notes, outcome.log])

    return survives


def test_ten_kills_in_2000_mails_lose_none_and_repeat_what_was_in_doubt(survives: Survive) -> None:
    survives(partial(dying.kills, number=10, mails=2_000))


def test_a_row_that_kills_whoever_composes_it_harms_no_other(survives: Survive) -> None:
    survives(partial(dying.poison, mails=100))


def test_a_crash_at_some_points_of_the_code_loses_none(survives: Survive) -> None:
    survives(partial(dying.crash, most=2))


def test_a_broker_that_loses_everything_delays_no_mail(survives: Survive) -> None:
    survives(partial(broker.flushed, times=2, mails=100))


def test_without_redis_the_watch_sends(survives: Survive) -> None:
    survives(partial(broker.away, seconds=8, mails=100))


def test_a_database_that_crashes_loses_none(survives: Survive) -> None:
    survives(partial(database.restarts, times=1, mails=300))


def test_two_beats_and_three_dispatchers_repeat_none(survives: Survive) -> None:
    survives(partial(beats.crowded, beats=2, dispatchers=3, mails=200))


def test_a_relay_that_misbehaves_gets_what_the_promise_says(survives: Survive) -> None:
    survives(partial(relay.misbehaves, mails=50, cases=relay.SHORT))


def test_who_opts_out_or_corrects_an_address_gets_nothing_begun_after_it(
    survives: Survive,
) -> None:
    survives(partial(races.cancels, number=100, mails=1_000))


def test_nothing_goes_out_for_an_old_schedule_however_often_it_moves(survives: Survive) -> None:
    survives(partial(races.moves, number=30, webinars=4, people=15))
