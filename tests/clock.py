"""One clock for all processes of a test, moved at will.

Python asks `times.now()`; SQL asks `statement_timestamp()`, which the schema `moved_clock`, ahead
of `pg_catalog` in the search path, defines anew. Both add the same offset: Python reads it from
the file that CLOCK_FILE names, PostgreSQL from a sequence: everybody sees at once what is set
there, and no transaction of a test leaves a row behind that every statement would pass by.
CLOCK_SKEW, in seconds, makes the clock of one process wrong.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS moved_clock;
    CREATE SEQUENCE IF NOT EXISTS moved_clock.microseconds
        MINVALUE -9223372036854775807 START 0;
    CREATE OR REPLACE FUNCTION moved_clock.statement_timestamp() RETURNS timestamptz
        LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN
            RETURN pg_catalog.statement_timestamp() + interval '1 microsecond'
                * coalesce(pg_sequence_last_value('moved_clock.microseconds'), 0);
        END $$;
"""

os.environ.setdefault("CLOCK_FILE", str(Path(tempfile.mkdtemp()) / "clock"))


def now() -> datetime:
    """The moved time, aware UTC."""
    skew = float(os.environ.get("CLOCK_SKEW", 0))
    return datetime.now(UTC) + timedelta(seconds=offset() + skew)


def offset() -> float:
    """By how many seconds the clock is moved."""
    try:
        return float(Path(os.environ["CLOCK_FILE"]).read_text() or 0)
    except FileNotFoundError:
        return 0


def make_schema(**kwargs: object) -> None:
    """Before migrations: column defaults bind the function that they find then."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)


class Clock:
    """What a test holds to move the time."""

    def forward(self, **span: float) -> None:
        """By so many days, hours, minutes, seconds."""
        self._set(offset() + timedelta(**span).total_seconds())

    def move_to(self, instant: datetime) -> None:
        self._set((instant - datetime.now(UTC)).total_seconds())

    def back_to_normal(self) -> None:
        self._set(0)

    def _set(self, seconds: float) -> None:
        file = Path(os.environ["CLOCK_FILE"])
        new = file.with_suffix(".new")
        new.write_text(repr(seconds))
        new.replace(file)
        try:
            _shift(connection, seconds)
        except DatabaseError:  # the test's transaction has failed
            other = connection.copy()
            _shift(other, seconds)
            other.close()


def _shift(place: BaseDatabaseWrapper, seconds: float) -> None:
    with place.cursor() as cursor:
        cursor.execute(
            "SELECT setval('moved_clock.microseconds', %s)", [round(seconds * 1_000_000)]
        )


@contextmanager
def movable() -> Iterator[Clock]:
    clock = Clock()
    try:
        yield clock
    finally:
        clock.back_to_normal()
        Path(os.environ["CLOCK_FILE"]).unlink(missing_ok=True)
