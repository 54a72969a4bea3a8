"""Claim -> compose -> hand over -> settle. Safe to run any number of times, anywhere, at once.

No transaction is open during SMTP. What the ledger says is committed before anything leaves:
a crash at any point leaves a row that `leases.recover_lost` brings back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from time import monotonic

from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from notifications import claims, emails, heartbeats, transport
from notifications.alarms import alarm
from notifications.leases import lease
from notifications.models import Delivery, Lane, Purpose, Sender, Suppression
from notifications.transport import Answer, Verdict
from webinars.models import Webinar

log = logging.getLogger(__name__)

BATCH = 50
RECOMPOSE = 3  # times that a message may change under our hands before it waits
RELAY_REST = timedelta(seconds=10)
SOON = timedelta(seconds=30)
SLOW_SECONDS = 5  # a hand-over that takes longer does not keep its batch waiting
RELAY = "the relay rests until"

State = Delivery.State


class RelayRests(Exception):
    """The relay takes nothing now: give everything back and let it rest, in all processes."""


def drain(*, lane: int = Lane.BULK, until: float) -> int:
    """Send what is ready in this lane and those more urgent, until nothing is or time is up.

    `until` is in seconds of `time.monotonic()`. Returns how many were worked on.
    """
    if heartbeats.rests(RELAY) or not _is_anything_ready(lane):
        return 0
    with lease() as sender:
        relay = transport.open_relay()
        try:
            return _drain(sender, relay, lane, until)
        finally:
            relay.close()


def _is_anything_ready(lane: int) -> bool:
    """In the claim's own order, so that its index answers."""
    ready = Delivery.objects.ready().filter(lane__lte=lane).order_by("lane", "next_attempt_at")
    return ready.values_list("pk").first() is not None


def _drain(sender: Sender, relay: transport.Relay, lane: int, until: float) -> int:
    count = 0
    while monotonic() < until:
        done = _work_through(claims.claim(sender, lane=lane, limit=BATCH), sender, relay, until)
        done += _work_through(claims.claim_alone(sender, lane=lane), sender, relay, until)
        count += done
        if not done or heartbeats.rests(RELAY):
            break
    return count


def _work_through(batch: list[int], sender: Sender, relay: transport.Relay, until: float) -> int:
    """As much of the batch as time and relay allow; whoever is idle may have the rest."""
    count = 0
    for delivery in _loaded(batch) if batch else ():
        began = monotonic()
        count += 1
        try:
            work(delivery, sender, relay)
        except RelayRests as rest:
            log.warning("the mail relay rests: %s", rest)
            heartbeats.rest(RELAY, RELAY_REST)
            break
        if monotonic() > until or monotonic() - began > SLOW_SECONDS:
            break
    claims.give_back(sender)
    return count


def _loaded(batch: list[int]) -> Iterable[Delivery]:
    rows = Delivery.objects.select_related("registration__webinar", "wave__rule")
    return rows.filter(pk__in=batch).order_by("lane", "next_attempt_at", "pk")


def work(delivery: Delivery, sender: Sender, relay: transport.Relay) -> None:
    """Offer one claimed delivery to the relay and settle it. Raises `RelayRests`.

    A row that cannot even be composed harms no other: it waits, longer each time, until it
    expires or a new release mends what was wrong.
    """
    try:
        _work(delivery, sender, relay)
    except (RelayRests, OperationalError, InterfaceError):
        raise
    except Exception as error:
        name = type(error).__name__
        _patiently(partial(claims.defer, delivery, sender, code=None, outcome=name))
        alarm(f"Our own code failed on delivery {delivery.pk} ({name}). It is tried again.")


def _work(delivery: Delivery, sender: Sender, relay: transport.Relay) -> None:
    for _attempt in range(RECOMPOSE):
        try:
            email = emails.compose(delivery)
        except emails.NotApplicable as nothing:
            skip(delivery, sender, nothing.reason)
            return
        except emails.TooEarly:
            break
        answer = relay.offer(email, partial(claims.stamp, delivery, sender, email))
        if answer.verdict is not Verdict.CALLED_OFF:
            _patiently(partial(record, delivery, sender, answer))
            _rest_if_needed(answer)
            return
        delivery = _loaded_again(delivery)
        if reason := moot(delivery):
            skip(delivery, sender, reason)
            return
    _patiently(partial(claims.put_back, delivery, sender, after=SOON))


def _loaded_again(delivery: Delivery) -> Delivery:
    return next(iter(_loaded([delivery.pk])))


def record(delivery: Delivery, sender: Sender, answer: Answer) -> None:
    """Write the relay's answer into the ledger."""
    match answer.verdict:
        case Verdict.ACCEPTED:
            claims.settle(delivery, sender, State.SENT, code=answer.code, outcome=answer.text)
        case Verdict.REFUSED:
            claims.settle(delivery, sender, State.FAILED, code=answer.code, outcome=answer.text)
        case Verdict.BAD_ADDRESS:
            suppress(delivery.address, answer.text)
            claims.settle(delivery, sender, State.FAILED, code=answer.code, outcome=answer.text)
        case Verdict.DEFERRED:
            claims.defer(delivery, sender, code=answer.code, outcome=answer.text)
        case Verdict.UNKNOWN:
            claims.offer_again(delivery, sender, outcome=answer.text)
        case _:
            claims.put_back(delivery, sender, after=RELAY_REST)


def suppress(address: str, reason: str) -> None:
    """Stop mail to an address, as `address_key` gives it, that the relay says does not exist."""
    Suppression.objects.get_or_create(address=address, defaults={"reason": reason[:200]})


def _rest_if_needed(answer: Answer) -> None:
    if answer.verdict is Verdict.MISCONFIGURED:
        alarm(f"The mail relay refuses us ({answer.text}). Check EMAIL_URL.")
        raise RelayRests(answer.text)
    if answer.verdict in (Verdict.RELAY_DOWN, Verdict.UNKNOWN):
        raise RelayRests(answer.text)


def moot(delivery: Delivery) -> str:
    """Why a delivery whose stamp was refused need not be sent; empty when it only changed."""
    registration = delivery.registration
    if Delivery.objects.filter(pk=delivery.pk, expires_at__lte=Now()).exists():
        return "expired"  # by the database's clock: a worker's own may be wrong
    if delivery.purpose == Purpose.ADDRESS_CHANGED:
        return _suppressed(delivery)
    if registration.epoch != delivery.epoch:
        return "superseded"
    if delivery.purpose == Purpose.REGISTRATION_CANCELLED:
        return "superseded" if registration.is_active else _suppressed(delivery)
    if not registration.is_active:
        return "cancelled"
    return _moot_by_webinar(delivery) or _suppressed(delivery)


def _moot_by_webinar(delivery: Delivery) -> str:
    webinar, wave = delivery.registration.webinar, delivery.wave
    is_off = webinar.state == Webinar.State.CANCELLED
    if is_off != (delivery.purpose == Purpose.CANCELLED):
        return "cancelled"
    if wave is None:
        return ""
    if wave.state == wave.State.SUPERSEDED:
        return "superseded"
    if wave.purpose == Purpose.REMINDER:
        is_old = wave.schedule_revision != webinar.schedule_revision
    else:
        is_old = wave.sequence != webinar.sequence
    return "superseded" if is_old else ""


def _suppressed(delivery: Delivery) -> str:
    found = Suppression.objects.filter(address=delivery.address)
    if delivery.purpose != Purpose.REMINDER:
        found = found.filter(scope=Suppression.Scope.ALL)
    return "suppressed" if found.exists() else ""


def skip(delivery: Delivery, sender: Sender, reason: str) -> None:
    """End a delivery that nobody needs any more, and say why."""
    state = State.EXPIRED if reason == "expired" else State.SKIPPED
    doubt = " after an unknown hand-over" if delivery.ambiguous else ""
    _patiently(partial(claims.settle, delivery, sender, state, outcome=f"{reason}{doubt}"))


def _patiently(write: Callable[[], None]) -> None:
    """Keep an answer in memory until PostgreSQL takes it."""
    while True:
        try:
            write()
        except (OperationalError, InterfaceError):
            log.warning("the database is away: an answer waits to be recorded")
            connection.close()
            time.sleep(1)
        else:
            return
