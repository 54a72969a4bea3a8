"""A connection that was ended meanwhile is noticed before anything is asked of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def line() -> Iterator[BaseDatabaseWrapper]:
    """A connection of our own, which has answered a moment ago."""
    other = connection.copy()
    other.ensure_connection()
    assert other.is_usable()
    yield other
    other.close()


def last_asked(line: BaseDatabaseWrapper) -> object:
    """When its server process was asked something last."""
    with connection.cursor() as cursor:
        pid = line.connection.info.backend_pid
        cursor.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", [pid])
        return cursor.fetchone()


def test_one_that_has_answered_a_moment_ago_is_not_asked(line: BaseDatabaseWrapper) -> None:
    before = last_asked(line)
    assert line.is_usable()
    assert last_asked(line) == before


def test_one_that_was_ended_is_heard_at_once(line: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        pid = line.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not line.is_usable()


def test_one_that_was_closed_is_not_usable(line: BaseDatabaseWrapper) -> None:
    line.connection.close()
    assert not line.is_usable()


@pytest.mark.parametrize("doubt", ["silent for long", "an error"])
def test_one_in_doubt_is_asked(
    line: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, doubt: str
) -> None:
    if doubt == "an error":
        line.errors_occurred = True
    else:
        monkeypatch.setattr(base, "SILENT_SECONDS", 0)
    before = last_asked(line)
    assert line.is_usable()
    assert last_asked(line) != before
