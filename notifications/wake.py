"""Wake a worker. Celery and Redis carry only this bell; losing it costs seconds, never an email."""

from __future__ import annotations

import logging
from functools import cache
from time import monotonic

from celery import current_app
from django.db import transaction
from kombu.connection import Connection
from kombu.pools import producers

log = logging.getLogger(__name__)

EXPIRES_SECONDS = 10
PATIENCE_SECONDS = 1  # with a broker that hangs: somebody waits for a page
REST_SECONDS = 30
_rest_until = 0.0


@cache
def _connection() -> Connection:
    """Less patient than the workers' own, whose reads block for seconds by design."""
    connection: Connection = current_app.connection_for_write(
        transport_options={"socket_timeout": PATIENCE_SECONDS}
    )
    return connection


def wake_after_commit() -> None:
    """Ring once the transaction is committed. A dead broker is no error of the act's."""
    transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    """Tell the urgent workers; after a failure leave the broker alone for a few seconds."""
    global _rest_until
    if monotonic() < _rest_until:
        return
    try:
        with producers[_connection()].acquire(block=True, timeout=PATIENCE_SECONDS) as producer:
            current_app.send_task(
                "notifications.tasks.drain_urgent",
                queue="urgent",
                expires=EXPIRES_SECONDS,
                retry=False,
                ignore_result=True,
                producer=producer,
            )
    except Exception as error:
        _rest_until = monotonic() + REST_SECONDS
        log.warning("the broker is away (%s): `watch` sends what is due", type(error).__name__)
