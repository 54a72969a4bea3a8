"""Runs the delivery core's own SQL: bound and prepared by the server, so that it plans each once.

Django's own cursors put the parameters into the text, which PostgreSQL then plans every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def run(statement: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Execute one statement that returns rows, and commit it. Raises Django's database errors.

    It is for statements outside of any transaction: nothing here looks after one.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters).fetchall()
