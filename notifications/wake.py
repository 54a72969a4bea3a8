"""Wake a worker. Celery and Redis carry only this bell; losing it costs seconds, never an email."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from time import monotonic, sleep

from celery import current_app
from django.db import transaction
from kombu.connection import Connection
from kombu.messaging import Producer
from kombu.pools import producers

log = logging.getLogger(__name__)

EXPIRES_SECONDS = 10
# Set while a bell rings unheard, so that a crowd who sign up at once ring once. Should its worker
# die at that moment, the next bell is heard after so many milliseconds.
RINGING, RINGS_MILLISECONDS = "webinars:urgent-bell", 1_000
# A process that has rung does not ring again for so long; whoever hears it looks once more, later.
QUIET_SECONDS, LOOKS_AGAIN_SECONDS = 0.02, 0.03
PATIENCE_SECONDS = 1  # with a broker that hangs: somebody waits for a page
REST_SECONDS = 30
_rest_until = 0.0
_quiet_until = 0.0


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


def looks() -> Iterator[None]:
    """When a worker that was woken is to look for what is due.

    Whatever is written from the first look on rings anew, but from a process that has rung just
    before: the second look sees that.
    """
    _at_the_broker(lambda producer: producer.channel.client.delete(RINGING))
    yield
    sleep(LOOKS_AGAIN_SECONDS)
    yield


def _ring() -> None:
    """Tell the urgent workers, unless a bell rings already that none of them has heard, or one of
    ours that they look for yet.
    """
    global _quiet_until
    now = monotonic()
    if now >= _quiet_until and _at_the_broker(_ring_once):
        _quiet_until = now + QUIET_SECONDS


def _ring_once(producer: Producer) -> None:
    if producer.channel.client.set(RINGING, 1, nx=True, px=RINGS_MILLISECONDS):
        current_app.send_task(
            "notifications.tasks.drain_urgent",
            queue="urgent",
            expires=EXPIRES_SECONDS,
            retry=False,
            ignore_result=True,
            producer=producer,
        )


def _at_the_broker(act: Callable[[Producer], object]) -> bool:
    """Whether it could be done. After a failure leave the broker alone for a few seconds."""
    global _rest_until
    if monotonic() < _rest_until:
        return False
    try:
        with producers[_connection()].acquire(block=True, timeout=PATIENCE_SECONDS) as producer:
            act(producer)
    except Exception as error:
        _rest_until = monotonic() + REST_SECONDS
        log.warning("the broker is away (%s): `watch` sends what is due", type(error).__name__)
        return False
    return True
