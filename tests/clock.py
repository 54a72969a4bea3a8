"""One clock for all processes of a test, moved at will.

Python asks `times.now()`; SQL asks `statement_timestamp()`, which the schema `moved_clock`, ahead
of `pg_catalog` in the search path, defines anew. Both add the same offset: Python reads it from
the file that CLOCK_FILE names, PostgreSQL from a row. CLOCK_SKEW, in seconds, makes the clock of
one process wrong.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS moved_clock;
    CREATE TABLE IF NOT EXISTS moved_clock.shift (seconds double precision NOT NULL);
    INSERT INTO moved_clock.shift SELECT 0 WHERE NOT EXISTS (SELECT FROM moved_clock.shift);
    CREATE OR REPLACE FUNCTION moved_clock.statement_timestamp() RETURNS timestamptz
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT pg_catalog.statement_timestamp()
                + (SELECT seconds FROM moved_clock.shift) * interval '1 second'
        $$;
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
        with connection.cursor() as cursor:
            cursor.execute("UPDATE moved_clock.shift SET seconds = %s", [seconds])


@contextmanager
def movable() -> Iterator[Clock]:
    clock = Clock()
    try:
        yield clock
    finally:
        Path(os.environ["CLOCK_FILE"]).unlink(missing_ok=True)
        if not connection.needs_rollback:  # else the row goes back by itself
            clock.back_to_normal()
