"""Claim -> compose -> stamp -> hand over -> settle. Any number may run, anywhere, at once.

No transaction is open during SMTP. What the ledger says is committed before anything leaves:
a crash at any point leaves rows that `leases.recover_lost` brings back, and of those only the one
message of each connection is in doubt.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from notifications import (
    claims,
    contract,
    emails,
    expansion,
    resting,
    restoring,
    settling,
    transport,
)
from notifications.alarms import alarm
from notifications.leases import lease
from notifications.models import Delivery, Lane, Sender, Suppression
from notifications.moot import moot
from notifications.transport import Answer, Parcel, Verdict

log = logging.getLogger(__name__)

BATCH = 200
AGAIN = timedelta(seconds=1)  # after it changed under our hands
SOON = timedelta(seconds=30)
COMPOSER_LASTS = timedelta(seconds=10)  # "in 1 hour" is no truer than that
LONG_AGO = datetime.min.replace(tzinfo=UTC)
STUCK_SECONDS = 5  # without room for what waits: somebody else may have it
FEED_SECONDS = 1
GATHER_SECONDS = 0.0005
LOOK_SECONDS = 0.2  # between two claims that found nothing
STALE_SECONDS = 20  # a stamp that is older was made before this process was stopped

State = Delivery.State
AWAY = (OperationalError, InterfaceError)


def drain(*, lane: int = Lane.BULK, until: float) -> int:
    """Send what is ready in this lane and those more urgent, until nothing is or time is up.

    `until` is in seconds of `time.monotonic()`. Returns how many were worked on.
    """
    if restoring.is_held() or resting.relay_rests() or not claims.is_anything_due(lane=lane):
        return 0
    with lease() as sender:
        connections = contract.take_connections(sender, lane=lane)
        if not connections:
            return 0
        relay = transport.open_relay(connections)
        try:
            return Drain(sender, relay, lane, until, connections).run()
        finally:
            relay.close()


class Drain:
    """One sender's work: what it claimed, what is on the way, what was answered."""

    def __init__(
        self, sender: Sender, relay: transport.Relay, lane: int, until: float, connections: int
    ) -> None:
        self.sender, self.relay, self.lane, self.until = sender, relay, lane, until
        self.domains = resting.Domains(connections)
        self.waiting: deque[Delivery] = deque()  # claimed, and not begun
        self.on_the_way: set[Parcel] = set()  # with the relay: taken, and not answered
        self.door: list[Parcel] = []  # of those: to be stamped
        self.handed_over: set[Parcel] = set()  # of those: stamped
        self.accepted: list[tuple[Parcel, Answer]] = []  # settled with the next stamp
        self.in_doubt: list[Parcel] = []  # the database was lost while they were stamped
        self.webinars: claims.Seen = {}  # of which the composer knows the words
        self.composed_at = LONG_AGO  # what the composer takes for now
        self.look_at = 0.0  # when a claim may find something again
        self.room_at = monotonic()  # when there was room last
        self.count = 0

    def run(self) -> int:
        """Everything, then those that senders died of, one by one."""
        try:
            self._work(self._claim)
            while not self._is_over() and self._claim_alone():
                self._work(self._claim_nothing)
        except AWAY:
            connection.close()
            self._finish()
            raise
        except BaseException:  # a bug, or somebody stops us
            self._finish()
            raise
        return self.count

    def _work(self, claim: Callable[[], None]) -> None:
        while True:
            self.door += self.relay.at_the_door()
            if not self.waiting:
                claim()
            self._take_up()
            if not self.on_the_way and (not self.waiting or self._is_over()):
                break
            self._hand_over()
            self._record(self._answered())
        self._settle_accepted()
        self._give_back()

    def _is_over(self) -> bool:
        """Whether nothing more may be begun. What a slow relay holds does not stop the others."""
        if self.relay.failure is not None:
            return True
        is_held_up = bool(self.on_the_way) and monotonic() - self.domains.oldest() > STUCK_SECONDS
        return monotonic() > self.until and not is_held_up

    def _answered(self) -> list[tuple[Parcel, Answer]]:
        """The next answers, and those that come at almost the same time: they share a commit."""
        # At the door wait only those for whom the relay's rate has no room yet.
        patience = 1 / max(settings.RELAY_RATE, 20) if self.door else LOOK_SECONDS
        answered = self.relay.wait(patience)
        if answered and len(answered) < len(self.handed_over):
            time.sleep(GATHER_SECONDS)
            answered += self.relay.wait(0)
        return answered

    # ---- Claim and compose --------------------------------------------------------------------

    def _claim(self) -> None:
        if self._is_over() or monotonic() < self.look_at or not self.relay.room():
            return
        if resting.relay_rests():
            self.until = 0
            return
        self.domains.refresh()
        batch = self._next_batch()
        if not batch.deliveries and self._has_fed():
            batch = self._next_batch()
        self._begin(batch)

    def _has_fed(self) -> bool:
        """Large waves are written down bit by bit: whether there was another bit that is due."""
        is_bulk = self.lane == Lane.BULK
        return is_bulk and expansion.feed(until=monotonic() + FEED_SECONDS) > 0

    def _next_batch(self) -> claims.Batch:
        return claims.claim(self.sender, lane=self.lane, limit=_batch(), seen=self.webinars)

    def _claim_alone(self) -> bool:
        self._begin(claims.claim_alone(self.sender, lane=self.lane))
        return bool(self.waiting)

    def _claim_nothing(self) -> None:
        """What is worked on alone has no company."""

    def _begin(self, batch: claims.Batch) -> None:
        self.waiting.extend(batch.deliveries)
        if batch.at - self.composed_at > COMPOSER_LASTS:
            self.webinars.clear()
            self.composer, self.composed_at = emails.Composer(batch.at), batch.at
        if not batch.deliveries:
            self.look_at = monotonic() + LOOK_SECONDS

    def _take_up(self) -> None:
        """As many as the relay has room for; what waits too long for room is given back."""
        if self._is_over():
            self._give_back()
            return
        room = self.relay.room()
        put_off: defaultdict[timedelta, list[Delivery]] = defaultdict(list)
        if room:
            self.room_at = monotonic()
        while self.waiting and room:
            delivery = self.waiting.popleft()
            if rest := self.domains.rest(delivery.registration.address):
                put_off[rest].append(delivery)
            elif parcel := self._composed(delivery):
                room -= 1
                self.on_the_way.add(parcel)
                self.domains.began(parcel)
                self.relay.take(parcel)
        for rest, deliveries in put_off.items():
            settling.put_back(self.sender, deliveries, after=rest)
            self.count += len(deliveries)
        if monotonic() - self.room_at > STUCK_SECONDS:
            self._give_back()

    def _composed(self, delivery: Delivery) -> Parcel | None:
        """A row that cannot even be composed harms no other: it waits, longer each time, until
        it expires or a new release mends what was wrong.
        """
        try:
            return Parcel(delivery, self.composer.compose(delivery))
        except emails.NotApplicable as nothing:
            self._skip(delivery, nothing.reason)
        except emails.TooEarly:
            settling.put_back(self.sender, [delivery], after=SOON)
        except AWAY:
            self.waiting.appendleft(delivery)
            raise
        except Exception as error:
            name = type(error).__name__
            settling.defer(delivery, self.sender, code=None, outcome=name)
            alarm(f"Our own code failed on delivery {delivery.pk} ({name}). It is tried again.")
        self.count += 1
        return None

    def _give_back(self) -> None:
        if self.waiting:
            claims.give_back(self.sender, self.waiting)
            self.waiting.clear()

    # ---- Stamp and hand over ------------------------------------------------------------------

    def _hand_over(self) -> None:
        """Those at the door, in one commit, as many as the relay's rate allows now."""
        if not self.door:
            self._settle_accepted()
            return
        number = contract.allowance(len(self.door), lane=self.lane)
        parcels, self.door = self.door[:number], self.door[number:]
        if not parcels:
            self._settle_accepted()
            return
        began = monotonic()
        self.in_doubt = parcels
        stamped = settling.stamp(self.sender, parcels, self.accepted)
        self.in_doubt, self.accepted = [], []
        for parcel in parcels:
            if parcel.delivery.pk not in stamped:
                self._called_off(parcel)
            elif monotonic() - began > STALE_SECONDS:
                self._call_off(parcel)
                settling.put_back(self.sender, [parcel.delivery], after=AGAIN)
            else:
                self.handed_over.add(parcel)
                self.relay.hand_over(parcel)

    def _called_off(self, parcel: Parcel) -> None:
        """Something that it says is not true any more, perhaps for others that wait, too."""
        self._call_off(parcel)
        self._give_back()
        self.count += 1
        found = claims.loaded([parcel.delivery.pk])
        if reason := moot(found[0]) if found else "":
            self._skip(found[0], reason)
        else:
            settling.put_back(self.sender, [parcel.delivery], after=AGAIN)

    def _call_off(self, parcel: Parcel) -> None:
        self.relay.call_off(parcel)
        self.on_the_way.discard(parcel)
        self.domains.ended(parcel)

    def _skip(self, delivery: Delivery, reason: str) -> None:
        """End a delivery that nobody needs any more, and say why."""
        state = State.EXPIRED if reason == "expired" else State.SKIPPED
        doubt = " after an unknown hand-over" if delivery.ambiguous else ""
        settling.settle(delivery, self.sender, state, outcome=f"{reason}{doubt}")

    # ---- Settle -------------------------------------------------------------------------------

    def _record(self, answered: list[tuple[Parcel, Answer]]) -> None:
        """Write the relay's answers into the ledger, however long that takes."""
        if not answered:
            return
        for parcel, answer in answered:
            if answer.verdict is Verdict.ACCEPTED:
                self.accepted.append((parcel, answer))
            else:
                _patiently(partial(record, parcel.delivery, self.sender, answer))
            self.on_the_way.discard(parcel)
            self.handed_over.discard(parcel)
            _patiently(partial(self.domains.ended, parcel, answer))
        self.count += len(answered)
        if failure := self.relay.failure:
            _patiently(partial(_rest, failure))

    def _settle_accepted(self) -> None:
        if self.accepted:
            _patiently(partial(settling.settle_sent, self.sender, self.accepted))
            self.accepted = []

    def _finish(self) -> None:
        """Begin nothing more; what was handed over is answered yet, and must be recorded."""
        for parcel in self.in_doubt + self.door:
            self._call_off(parcel)
        while self.handed_over:
            for parcel in self.relay.at_the_door():
                self._call_off(parcel)
            self._record(self.relay.wait(1))
        self._settle_accepted()
        begun = [parcel.delivery for parcel in [*self.in_doubt, *self.door, *self.on_the_way]]
        begun += self.waiting
        _patiently(partial(settling.put_back, self.sender, begun, after=timedelta(0)))


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


def _rest(failure: Answer) -> None:
    log.warning("the mail relay rests: %s", failure.text)
    resting.rest_relay()
    if failure.verdict is Verdict.MISCONFIGURED:
        alarm(f"The mail relay refuses us ({failure.text}). Check EMAIL_URL or EMAIL_BACKEND.")


def _batch() -> int:
    """At a slow rate a few are enough; the others stay free for other senders."""
    rate = settings.RELAY_RATE
    return max(1, min(BATCH, round(rate * 2))) if rate else BATCH


def _patiently(write: Callable[[], None]) -> None:
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
