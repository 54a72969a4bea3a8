"""The benches' own database: made anew, emptied, and told to commit as slowly as a disk does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter
from typing import Any
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from config import catalogs
from notifications import statements
from tests.bench import DATABASE

APPS = ("webinars", "registrations", "notifications")


@contextmanager
def made_anew() -> Iterator[None]:
    """With today's migrations, and dropped at the end. No other database is touched."""
    catalogs.compile_catalog()  # a fresh clone has none
    drop = f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"
    _on_the_server(drop, f"CREATE DATABASE {DATABASE}")
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        _on_the_server(drop)


def empty() -> None:
    """No row of ours is left."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    tables = [model._meta.db_table for model in models]
    execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def settle_down() -> None:
    """Statistics, and nothing left to write that a measurement would pay for."""
    execute("VACUUM ANALYZE")
    execute("CHECKPOINT")


def execute(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def row(statement: str, *parameters: object) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def value(statement: str, *parameters: object) -> Any:
    return row(statement, *parameters)[0]


@contextmanager
def statements_timed(note: Callable[[str, float], object]) -> Iterator[None]:
    """Tell of every statement of this process, by whichever way, and of the seconds that it spent
    on sending it and waiting for it.
    """

    class Timed(statements.UnderWay):
        def __init__(self, statement: str, *arguments: Any, **options: Any) -> None:
            begin = perf_counter()
            super().__init__(statement, *arguments, **options)
            self.statement, self.sending = statement, perf_counter() - begin

        def wait(self) -> None:
            is_over, begin = self._is_over, perf_counter()
            super().wait()
            if not is_over:
                note(self.statement, self.sending + perf_counter() - begin)

    run = psycopg.Cursor.execute

    def execute(cursor: Any, statement: Any, *arguments: Any, **options: Any) -> Any:
        begin = perf_counter()
        try:
            return run(cursor, statement, *arguments, **options)
        finally:
            note(str(statement), perf_counter() - begin)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(statements, "UnderWay", Timed))
        stack.enter_context(mock.patch.object(psycopg.Cursor, "execute", execute))
        yield


@contextmanager
def honest_disk(milliseconds: float) -> Iterator[float]:
    """Connections made from now on wait so long at each commit, as for a disk that flushes.

    Who commits meanwhile waits too and is then through: PostgreSQL's group commit. Yields what
    a commit takes, in seconds, as measured.
    """
    microseconds = round(milliseconds * 1000)
    execute(f"ALTER DATABASE {DATABASE} SET commit_delay = {microseconds}")
    execute(f"ALTER DATABASE {DATABASE} SET commit_siblings = 0")
    connection.close()
    try:
        yield commit_seconds()
    finally:
        execute(f"ALTER DATABASE {DATABASE} RESET commit_delay")
        execute(f"ALTER DATABASE {DATABASE} RESET commit_siblings")
        connection.close()


def commit_seconds(times: int = 200) -> float:
    """What one small commit takes: the median of many."""
    execute("CREATE TABLE IF NOT EXISTS bench_commit (n int)")
    found = []
    for number in range(times):
        begin = perf_counter()
        execute("INSERT INTO bench_commit VALUES (%s)", number)
        found.append(perf_counter() - begin)
    execute("DROP TABLE bench_commit")
    return median(found)


def _on_the_server(*statements: str) -> None:
    address = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with psycopg.connect(address, autocommit=True) as server:
        for statement in statements:
            server.execute(statement)
