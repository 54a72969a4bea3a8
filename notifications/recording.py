"""What the relay's answers mean for the ledger, and how they get there: a yes is `settling`'s."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

from notifications import resting, settling
from notifications.alarms import alarm
from notifications.models import Delivery, Sender, Suppression
from notifications.transport import Answer, Verdict

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)

State = Delivery.State


def record(delivery: Delivery, sender: Sender, answer: Answer) -> None:
    """Write an answer that is not a simple yes into the ledger."""
    code, outcome = answer.code, answer.text
    match answer.verdict:
        case Verdict.REFUSED:
            settling.settle(delivery, sender, State.FAILED, code=code, outcome=outcome)
        case Verdict.BAD_ADDRESS:
            suppress(delivery.address, outcome)
            settling.settle(delivery, sender, State.FAILED, code=code, outcome=outcome)
        case Verdict.DEFERRED:
            settling.defer(delivery, sender, code=code, outcome=outcome)
        case Verdict.UNKNOWN:
            settling.offer_again(delivery, sender, outcome=outcome)
        case _:
            settling.put_back(sender, [delivery], after=resting.RELAY_REST)


def suppress(address: str, reason: str) -> None:
    """Stop mail to an address, as `address_key` gives it, that the relay says does not exist."""
    Suppression.objects.get_or_create(address=address, defaults={"reason": reason[:200]})


def relay_failed(failure: Answer) -> None:
    """The relay takes nothing now: everybody leaves it alone for a while."""
    log.warning("the mail relay rests: %s", failure.text)
    resting.rest_relay()
    if failure.verdict is Verdict.MISCONFIGURED:
        alarm(f"The mail relay refuses us ({failure.text}). Check EMAIL_URL or EMAIL_BACKEND.")


def patiently(write: Callable[[], None]) -> None:
    """Keep an answer in memory until PostgreSQL takes it."""
    while True:
        try:
            write()
        except AWAY:
            log.warning("the database is away: an answer waits to be recorded")
            connection.close()
            time.sleep(1)
        else:
            return
