"""The delivery core's own statements: under way while something else is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError, connection
from pytest_django import Settings

from notifications import statements
from notifications.models import Heartbeat

pytestmark = pytest.mark.django_db

SLOW = "SELECT %(number)s::int AS number FROM pg_sleep(0.3)"


@pytest.fixture(params=[True, False], ids=["prepared", "not prepared"])
def _each_way(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.PREPARED_STATEMENTS = request.param


@pytest.mark.usefixtures("_each_way")
def test_values_come_and_go_as_they_are() -> None:
    statement = """
        SELECT %(number)s::bigint, %(words)s::text, %(span)s::interval, %(list)s::bigint[],
            %(number)s::int + 1, now() = now()
    """
    words, span = "Zoë said \"50 %(x)s\" \\ 'ok'", timedelta(hours=1, milliseconds=2)
    for number in (1, -2, 2**40 // 2**20):
        values = {"number": number, "words": words, "span": span, "list": [3, 4]}
        (row,) = statements.run(statement, values)
        assert row == (number, words, span, [3, 4], number + 1, True)
    assert statements.run("SELECT 1 WHERE %(never)s::int = 1", {"never": 0}) == []


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_planned_once() -> None:
    connection.close()
    statement = "SELECT count(*) FROM notifications_heartbeat WHERE name = %(name)s::text"
    for number in range(12):
        statements.run(statement, {"name": f"beat {number}"})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE 'SELECT count(*) FROM notifications_heartbeat%'"
        )
        assert cursor.fetchall() == [(12, 0)]


def test_something_else_is_done_while_it_is_under_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
    with somebody_holding(1):
        under_way = statements.UnderWay(
            "SELECT %(number)s::int FROM pg_advisory_xact_lock(1)", {"number": 7}
        )
        assert not under_way.is_answered()
    assert under_way.rows() == [(7,)]
    assert under_way.is_answered()


@contextmanager
def somebody_holding(lock: int) -> Iterator[None]:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
    yield
    other.close()


def test_whatever_else_asks_the_database_waits_for_its_end() -> None:
    first = statements.UnderWay(SLOW, {"number": 1})
    assert not Heartbeat.objects.filter(name="nobody").exists()
    assert first.is_answered()
    second = statements.UnderWay(SLOW, {"number": 2})
    third = statements.UnderWay(SLOW, {"number": 3})
    assert statements.run(SLOW, {"number": 4}) == [(4,)]
    assert [each.rows() for each in (third, second, first)] == [[(3,)], [(2,)], [(1,)]]
    assert connection.execute_wrappers == []


@pytest.mark.django_db(transaction=True)
def test_its_error_is_told_to_whoever_waits_for_its_rows_and_to_nobody_else() -> None:
    wrong = statements.UnderWay("SELECT %(words)s::int", {"words": "seven"})
    assert not Heartbeat.objects.filter(name="nobody").exists()
    for _time in range(2):
        with pytest.raises(DataError, match="seven"):
            wrong.rows()
    assert statements.run("SELECT %(number)s::int", {"number": 1}) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_lost_meanwhile_is_an_error_and_the_next_one_works() -> None:
    under_way = statements.UnderWay(
        "SELECT %(number)s::int FROM pg_terminate_backend(pg_backend_pid())", {"number": 1}
    )
    with pytest.raises(OperationalError):
        under_way.rows()
    connection.close()
    assert statements.run("SELECT %(number)s::int", {"number": 1}) == [(1,)]
    assert connection.execute_wrappers == []


@pytest.mark.django_db(transaction=True)
def test_one_that_nobody_waited_for_stops_no_connection_made_later() -> None:
    statements.UnderWay(SLOW, {"number": 1})
    connection.close()
    assert statements.run("SELECT %(number)s::int", {"number": 2}) == [(2,)]
    assert connection.execute_wrappers == []
