"""Who holds which delivery: a lease per sender, renewed by a thread of its own.

So a relay that takes ten minutes after the final dot loses no lease, and the rows of a process
that died are back within a minute or two.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.db import DatabaseError, connection, transaction
from django.db.models import DateTimeField, Exists, F, Func, OuterRef, QuerySet
from django.db.models.functions import Now

from notifications import contract
from notifications.models import Delivery, Sender

log = logging.getLogger(__name__)

RENEW_SECONDS = 3
LOST_AFTER = timedelta(seconds=60)
ALONE_AFTER = 2  # deaths of its senders; then a row is claimed by itself: it may be the poison
DEADLY = ALONE_AFTER + 5
MOST_REPEATS = 2  # of a hand-over whose answer was lost


@contextmanager
def lease() -> Iterator[Sender]:
    """Be a sender for a while. At the end whatever is still claimed goes back, unharmed."""
    sender = Sender.objects.create(host=socket.gethostname()[:120], pid=os.getpid())
    stop = Event()
    renewer = Thread(target=_renew, args=(sender.pk, stop), daemon=True)
    renewer.start()
    try:
        yield sender
    finally:
        stop.set()
        renewer.join()
        _give_back(sender)


def _renew(sender_id: int, stop: Event) -> None:
    try:
        while not stop.wait(RENEW_SECONDS):
            try:
                Sender.objects.filter(pk=sender_id).update(renewed_at=Now())
            except DatabaseError:
                log.warning("sender %s could not renew its lease", sender_id)
                connection.close()
    finally:
        connection.close()


@transaction.atomic
def _give_back(sender: Sender) -> None:
    """Only a sender that leaves nothing in doubt goes; the rest is `recover_lost`'s.

    A claim that PostgreSQL is still busy with, though nobody waits for it, ends before or finds no
    sender: it holds the row, too.
    """
    for held in Sender.objects.select_for_update().filter(pk=sender.pk):
        Delivery.objects.filter(sender=held, state=Delivery.State.CLAIMED).update(
            state=Delivery.State.READY, sender=None
        )
        contract.give_connections_back(held)
        if not Delivery.objects.held().filter(sender=held).exists():
            held.delete()


def recover_lost() -> int:
    """Take back what lost senders held, and what nobody holds. Returns how many rows."""
    lost = list(_lost().values_list("pk", flat=True))
    count = sum(_recover(sender_id) for sender_id in lost)
    if orphans := _take_back(_held_by_nobody()):
        log.error("%s deliveries were held by nobody; they came back", orphans)
    return count + orphans


def _held_by_nobody() -> QuerySet[Delivery]:
    """We know of no way to this; they would wait for ever."""
    return Delivery.objects.held().exclude(Exists(Sender.objects.filter(pk=OuterRef("sender"))))


def _lost() -> QuerySet[Sender]:
    """Nobody could renew while PostgreSQL was away: its own start counts as a sign of life."""
    senders = Sender.objects.filter(renewed_at__lt=Now() - LOST_AFTER)
    return senders.alias(up_since=ServerStart()).filter(up_since__lt=Now() - LOST_AFTER)


class ServerStart(Func):
    """When PostgreSQL was started."""

    function = "pg_postmaster_start_time"
    output_field = DateTimeField()


@transaction.atomic
def _recover(sender_id: int) -> int:
    sender = _lost().select_for_update(skip_locked=True).filter(pk=sender_id).first()
    if sender is None:
        return 0
    count = _take_back(Delivery.objects.held().filter(sender=sender))
    sender.delete()
    log.warning("sender %s was lost; %s deliveries came back", sender_id, count)
    return count


@transaction.atomic
def _take_back(held: QuerySet[Delivery]) -> int:
    """They are ready again; one more sender has died of each, and some were in doubt."""
    count = held.update(deaths=F("deaths") + 1)
    if not count:
        return 0
    in_doubt = held.filter(state=Delivery.State.SENDING)
    in_doubt.update(ambiguous=F("ambiguous") + 1)
    _give_up(held.filter(deaths__gte=DEADLY), Delivery.State.DEAD, "its senders died")
    _give_up(
        in_doubt.filter(ambiguous__gt=MOST_REPEATS),
        Delivery.State.FAILED,
        "after unknown hand-overs",
    )
    held.update(state=Delivery.State.READY, sender=None, next_attempt_at=Now())
    return count


def _give_up(deliveries: QuerySet[Delivery], state: Delivery.State, outcome: str) -> None:
    """End rows for good; their number is alarming, so it is logged as an error."""
    if count := deliveries.update(state=state, outcome=outcome, settled_at=Now()):
        log.error("%s deliveries were given up: %s", count, outcome)
