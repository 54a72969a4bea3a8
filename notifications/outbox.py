"""Claim -> compose -> stamp -> hand over -> settle. Any number may run, anywhere, at once.

No transaction is open during SMTP. What the ledger says is committed before anything leaves:
a crash at any point leaves rows that `leases.recover_lost` brings back, and of those only the one
message of each connection is in doubt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import monotonic

from django.conf import settings
from django.db import connection

from notifications import claims, contract, emails, resting, restoring, settling, transport
from notifications.alarms import alarm
from notifications.intake import LONG_AGO, Intake
from notifications.leases import lease
from notifications.models import Delivery, Lane, Sender
from notifications.moot import moot
from notifications.recording import AWAY, patiently, record, relay_failed
from notifications.transport import Answer, Parcel, Verdict

# Stamped in one commit at most. With a quick relay many share its cost; with a slow one those that
# are many wait for each other, while their connections are idle.
GROUP, SMALL_GROUP = 24, 8
SLOW_ANSWER_SECONDS = 0.02
AGAIN = timedelta(seconds=1)  # after it changed under our hands
SOON = timedelta(seconds=30)
COMPOSER_LASTS = timedelta(seconds=10)  # "in 1 hour" is no truer than that
SILENCE_SECONDS = 1  # of the relay, after which nothing more is claimed
STUCK_SECONDS = 5  # and after which somebody else may have what waits
LEARN_SECONDS = 0.2
WAIT_SECONDS = 0.2
STALE_SECONDS = 20  # a stamp that is older was made before this process was stopped

State = Delivery.State


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
        self.connections, self.domains = connections, resting.Domains(connections)
        self.intake = Intake(sender, lane, connections)
        self.on_the_way: set[Parcel] = set()  # with the relay: taken, and not answered
        self.door: list[Parcel] = []  # of those: to be stamped
        self.handed_over: set[Parcel] = set()  # of those: stamped
        self.in_doubt: list[Parcel] = []  # of those: being stamped
        self.accepted: list[tuple[Parcel, Answer]] = []  # settled with the next stamp
        self.settling: list[tuple[Parcel, Answer]] = []  # being settled with this one
        self.composer = emails.Composer(LONG_AGO)
        self.composed_at = LONG_AGO  # what the composer takes for now
        self.learn_at = 0.0  # when others may have learnt something
        self.heard_at = monotonic()  # when the relay said something, or had nothing to say
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
        finally:
            self.intake.close()
        return self.count

    def _work(self, claim: Callable[[], None]) -> None:
        """While PostgreSQL stamps, composes and listens; while the relay answers, claims."""
        claim()
        while self.on_the_way or (len(self.intake) and not self._is_over()):
            self._begin_stamps()
            self._take_up()
            self._listen()
            self._hand_over()
            claim()
            if self.on_the_way or len(self.intake):
                self._record(self._answered())
        self._settle_accepted()
        self._give_back()

    def _is_over(self) -> bool:
        """Whether nothing more may be begun. What a slow relay holds does not stop the others."""
        if self.relay.failure is not None:
            return True
        if monotonic() <= self.until:
            return False
        is_held_up = bool(self.on_the_way) and monotonic() - self.domains.oldest() > STUCK_SECONDS
        return not is_held_up

    def _answered(self) -> list[tuple[Parcel, Answer]]:
        """The next answers. Those that come while we are busy share the next commit."""
        return self.relay.wait(self._patience())

    def _patience(self) -> float:
        """Seconds after which there may be something to do, even if the relay says nothing."""
        rate = settings.RELAY_RATE
        if self.door:
            return 1 / max(rate, 20) if rate else 0
        is_idle = len(self.intake) and not self.on_the_way and self.relay.room()
        return 0 if is_idle else WAIT_SECONDS

    def _listen(self) -> None:
        """Hear what the relay says meanwhile: those who wait for a stamp need nothing of us."""
        if self.in_doubt and not self.stamping.is_answered():
            self._record(self.relay.wait(0))

    # ---- Claim and compose --------------------------------------------------------------------

    def _claim(self) -> None:
        """Before everything claimed is taken up, unless the relay has fallen silent."""
        if not self.intake.is_low() or self._is_over() or self._is_stuck(SILENCE_SECONDS):
            return
        if self._may_go_on():
            self.intake.fill()
        else:
            self.until = 0

    def _may_go_on(self) -> bool:
        """Learns now and then which domains rest, or the relay, whoever asked for it."""
        if monotonic() < self.learn_at:
            return True
        self.learn_at = monotonic() + LEARN_SECONDS
        self.domains.refresh()
        return not resting.relay_rests()

    def _claim_alone(self) -> bool:
        self.intake.fill_alone()
        return len(self.intake) > 0

    def _claim_nothing(self) -> None:
        """What is worked on alone has no company."""

    def _take_up(self) -> None:
        """As many as the relay has room for; what waits for too long is given back."""
        if self._is_over():
            self._give_back()
            return
        self._know_the_time()
        room = self.relay.room()
        put_off: defaultdict[timedelta, list[Delivery]] = defaultdict(list)
        while room and not self._is_stamped(room) and (delivery := self.intake.next()):
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
        if self._is_stuck(STUCK_SECONDS):
            self._give_back()

    def _know_the_time(self) -> None:
        """For words such as "in 1 hour", as of the last claim."""
        if self.intake.at - self.composed_at > COMPOSER_LASTS:
            self.composer, self.composed_at = emails.Composer(self.intake.at), self.intake.at

    def _is_stamped(self, room: int) -> bool:
        """Whether some bodies may go out, and there is something to follow each of them."""
        is_enough = room + len(self.in_doubt) <= self.connections
        return is_enough and bool(self.in_doubt) and self.stamping.is_answered()

    def _is_stuck(self, seconds: float) -> bool:
        """Whether the relay has said nothing for so long."""
        return monotonic() - self.heard_at > seconds

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
            self.intake.not_begun(delivery)
            raise
        except Exception as error:
            name = type(error).__name__
            settling.defer(delivery, self.sender, code=None, outcome=name)
            alarm(f"Our own code failed on delivery {delivery.pk} ({name}). It is tried again.")
        self.count += 1
        return None

    def _give_back(self) -> None:
        parcels = self.relay.take_back()
        for parcel in parcels:
            self._is_off(parcel)
        self.intake.give_back(parcel.delivery for parcel in parcels)

    # ---- Stamp and hand over ------------------------------------------------------------------

    def _begin_stamps(self) -> None:
        """Of those at the door, in one commit, as many as the relay's rate allows now."""
        arrived = self.relay.at_the_door()
        self.door += arrived
        if arrived or not self.on_the_way:
            self.heard_at = monotonic()
        is_slow = self.domains.usual > SLOW_ANSWER_SECONDS
        wanted = min(len(self.door), SMALL_GROUP if is_slow else GROUP)
        number = contract.allowance(wanted, lane=self.lane) if wanted else 0
        if not number:
            self._settle_accepted()
            return
        self.in_doubt, self.door = self.door[:number], self.door[number:]
        self.stamping_since = monotonic()
        self.settling, self.accepted = self.accepted, []
        self.stamping = settling.Stamping(self.sender, self.in_doubt, self.settling)

    def _hand_over(self) -> None:
        """Those that are stamped now."""
        if not self.in_doubt:
            return
        stamped = self.stamping.stamped()
        parcels, self.in_doubt, self.settling = self.in_doubt, [], []
        for parcel in parcels:
            if parcel.delivery.pk not in stamped:
                self._called_off(parcel)
            elif monotonic() - self.stamping_since > STALE_SECONDS:
                self._call_off(parcel)
                settling.put_back(self.sender, [parcel.delivery], after=AGAIN)
            else:
                self.handed_over.add(parcel)
                self.relay.hand_over(parcel)

    def _called_off(self, parcel: Parcel) -> None:
        """Something that it says is not true any more, perhaps for others that wait, too."""
        self._call_off(parcel)
        self._give_back()
        self.intake.something_changed()
        self.count += 1
        found = claims.loaded([parcel.delivery.pk])
        if reason := moot(found[0]) if found else "":
            self._skip(found[0], reason)
        else:
            settling.put_back(self.sender, [parcel.delivery], after=AGAIN)

    def _call_off(self, parcel: Parcel) -> None:
        self.relay.call_off(parcel)
        self._is_off(parcel)

    def _is_off(self, parcel: Parcel) -> None:
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
        self.heard_at = monotonic()
        for parcel, answer in answered:
            if answer.verdict is Verdict.ACCEPTED:
                self.accepted.append((parcel, answer))
            else:
                patiently(partial(record, parcel.delivery, self.sender, answer))
            self.on_the_way.discard(parcel)
            self.handed_over.discard(parcel)
            patiently(partial(self.domains.ended, parcel, answer))
        self.count += len(answered)
        if failure := self.relay.failure:
            patiently(partial(relay_failed, failure))

    def _settle_accepted(self) -> None:
        if self.accepted:
            patiently(partial(settling.settle_sent, self.sender, self.accepted))
            self.accepted = []

    def _finish(self) -> None:
        """Begin nothing more; what was handed over is answered yet, and must be recorded."""
        for parcel in self.in_doubt + self.door:
            self._call_off(parcel)
        self.accepted, self.settling = [*self.settling, *self.accepted], []
        while self.handed_over:
            for parcel in self.relay.at_the_door():
                self._call_off(parcel)
            self._record(self.relay.wait(1))
        self._settle_accepted()
        begun = [parcel.delivery for parcel in [*self.in_doubt, *self.door, *self.on_the_way]]
        patiently(partial(settling.put_back, self.sender, begun, after=timedelta(0)))
        patiently(self.intake.give_back)
