"""Runs the delivery core's own SQL: bound and prepared by the server, so that it plans each once.

Django's own cursors put the parameters into the text, which PostgreSQL then plans every time.
These are for statements outside of any transaction: each commits by itself. All of it raises
Django's database errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from select import POLLIN, poll
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors
from psycopg.abc import Transformer as Loader
from psycopg.adapt import Transformer
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

NAMED = re.compile(r"%\((\w+)\)s")
LOOK_MILLISECONDS = 500  # at the signals that have come

# By itself PostgreSQL would plan them anew for each size of a group, which takes twice as long as
# executing them.
PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"

Names = dict[bytes, bytes]
# Of each connection its prepared statements' names.
prepared: WeakKeyDictionary[psycopg.Connection[Any], Names] = WeakKeyDictionary()

Value = int | str | timedelta | list[int]


def run(statement: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
    """Execute one statement. Returns its rows."""
    return UnderWay(statement, parameters).rows()


def wait_for_what_is_under_way(on: BaseDatabaseWrapper) -> None:
    """A connection does one thing at a time."""
    for each in list(on.execute_wrappers):
        if isinstance(each, UnderWay):
            each.wait()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement returned; each row becomes Python's values when it is asked for."""

    result: PGresult
    loader: Loader

    def __len__(self) -> int:
        return self.result.ntuples

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        return self.loader.load_row(number, tuple)

    def number(self, row: int, column: int) -> int:
        """A whole number of that row, without its other values; 0 where it is empty."""
        return int(self.result.get_value(row, column) or 0)


class UnderWay:
    """One statement that PostgreSQL works on while we do something else.

    Whatever else asks this connection waits for its end first: until then this is one of
    Django's execute wrappers. `on`: another connection than the thread's own.
    """

    def __init__(
        self,
        statement: str,
        parameters: Mapping[str, Value],
        on: BaseDatabaseWrapper | None = None,
    ) -> None:
        self._line = on or connections[DEFAULT_DB_ALIAS]
        names = _names(self._line)
        text, order = _numbered(statement)
        values = [_text(parameters[name]) for name in order]
        self._results: list[PGresult] = []
        self._error: Exception | None = None
        self._is_over = False
        self._connection: psycopg.Connection[Any] = self._line.connection
        self._server = self._connection.pgconn
        with self._line.wrap_database_errors:
            if settings.PREPARED_STATEMENTS:
                self._server.send_query_prepared(_name(self._server, names, text), values)
            else:
                self._server.send_query_params(text, values)
            self._server.flush()
        self._answers = poll()
        self._answers.register(self._server.socket, POLLIN)
        self._line.execute_wrappers.append(self)

    def __call__(
        self, execute: Callable[..., object], sql: str, params: object, many: bool, context: object
    ) -> object:
        self.wait()
        return execute(sql, params, many, context)

    def is_answered(self) -> bool:
        """Whether PostgreSQL has said something, so that nobody need wait long."""
        return self._is_over or bool(self._answers.poll(0))

    def wait(self) -> None:
        """Until PostgreSQL has answered. Whatever it says is kept for `rows`.

        Whoever is stopped meanwhile may wait again.
        """
        if self._is_over:
            return
        try:
            with self._line.wrap_database_errors:
                self._receive()
        except Exception as error:
            self._error = error
        self._is_over = True
        self._line.execute_wrappers.remove(self)

    def rows(self) -> list[tuple[Any, ...]]:
        """What it returned, once it has."""
        found = self.found()
        return found.loader.load_rows(0, len(found), tuple)

    def found(self) -> Rows:
        """The same for many rows, which nobody needs all at once."""
        self.wait()
        if self._error is not None:
            raise self._error
        (result,) = self._results
        loader = Transformer(self._connection)
        loader.set_pgresult(result)
        return Rows(result, loader)

    def _receive(self) -> None:
        while True:
            while self._server.is_busy():
                self._server.flush()
                self._answers.poll(LOOK_MILLISECONDS)
                self._server.consume_input()
            result = self._server.get_result()
            if result is None:
                break
            self._results.append(result)
        for result in self._results:
            _check(result)


def _text(value: Value) -> bytes:
    """As PostgreSQL reads it."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():f} seconds".encode()
    if isinstance(value, list):
        return f"{{{','.join(map(str, value))}}}".encode()
    return str(value).encode()


@lru_cache
def _numbered(statement: str) -> tuple[bytes, list[str]]:
    """With $1 instead of %(name)s, and the names in that order."""
    names = list(dict.fromkeys(NAMED.findall(statement)))
    text = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return text.encode(), names


def _names(on: BaseDatabaseWrapper) -> Names:
    """Of the statements that are prepared on this connection, which is free now."""
    wait_for_what_is_under_way(on)
    on.ensure_connection()
    names = prepared.get(on.connection)
    if names is None:
        with on.cursor() as cursor:
            cursor.execute(PLAN_ONCE)
        names = prepared[on.connection] = {}
    return names


def _name(server: PGconn, names: Names, text: bytes) -> bytes:
    if text not in names:
        name = b"delivery_%d" % len(names)
        _check(server.prepare(name, text))
        names[text] = name
    return names[text]


def _check(result: PGresult) -> None:
    """Raises the error that PostgreSQL reports."""
    if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    message = result.error_message.decode(errors="replace")
    try:
        error: type[psycopg.Error] = errors.lookup(state)
    except KeyError:
        error = psycopg.OperationalError
    raise error(message)
