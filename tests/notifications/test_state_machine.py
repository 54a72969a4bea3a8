"""Whatever happens in whatever order, the promise holds: a machine that tries and an oracle.

It plays organizers, attendees, the clock, the relay and dying senders on the real ledger. The
oracle knows rows and what the relay accepted, and nothing of how the outbox works.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from notifications import expansion, leases, outbox, sweeping
from notifications.models import Delivery, Purpose, Sender, Suppression, Wave
from notifications.transport import Answer, Parcel, Verdict
from registrations import changing, fixing, signup, waiting
from registrations.models import Registration
from tests.clock import Clock
from tests.examples import TIMES
from tests.makers import make_registration, make_webinar
from webinars import scheduling, times
from webinars.models import Webinar

PEOPLE = 4
CONNECTIONS = 3

# What the relay does with a body, and whether it keeps the message.
REPLIES = {
    "yes": (Verdict.ACCEPTED, True),
    "lost after the dot": (Verdict.UNKNOWN, True),
    "lost before the dot": (Verdict.UNKNOWN, False),
    "later": (Verdict.DEFERRED, False),
    "no": (Verdict.REFUSED, False),
    "no such mailbox": (Verdict.BAD_ADDRESS, False),
    "the relay's own trouble": (Verdict.RELAY_DOWN, False),
    "killed before": (None, False),
    "killed after": (None, True),
}
SOME_REPLIES = st.lists(st.sampled_from(["yes", "yes", "yes", *REPLIES]), max_size=6)


class Killed(BaseException):
    """The sender's process dies here: nothing after this line of it happens."""


class PlayedRelay:
    """Answers as told, "yes" after that; keeps what it accepted, and asks the oracle each time."""

    def __init__(self, world: World, replies: list[str]) -> None:
        self.world, self.replies = world, list(replies)
        self.failure: Answer | None = None
        self.door: list[Parcel] = []
        self.answered: list[tuple[Parcel, Answer]] = []
        self.carried = 0
        self.is_dead = False

    def room(self) -> int:
        return CONNECTIONS - self.carried

    def take(self, parcel: Parcel) -> None:
        self.carried += 1
        self.door.append(parcel)

    def take_back(self) -> list[Parcel]:
        return []

    def at_the_door(self) -> list[Parcel]:
        door, self.door = self.door, []
        return door

    def call_off(self, parcel: Parcel) -> None:
        self._live()
        self.carried -= 1

    def hand_over(self, parcel: Parcel) -> None:
        self.world.check_hand_over(parcel)
        verdict, is_kept = REPLIES[self.replies.pop(0) if self.replies else "yes"]
        if is_kept:
            self.world.accepted[parcel.delivery.pk].append(parcel.email.content)
        self.is_dead = verdict is None
        self._live()
        self.answered.append((parcel, Answer(verdict, 250, "as played")))

    def wait(self, seconds: float) -> list[tuple[Parcel, Answer]]:
        self._live()
        answered, self.answered = self.answered, []
        self.carried -= len(answered)
        return answered

    def close(self) -> None:
        pass

    def _live(self) -> None:
        if self.is_dead:
            raise Killed


class World(RuleBasedStateMachine):
    """A webinar in a zone without clock changes, a few people, and everything that can happen."""

    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.accepted: defaultdict[int, list[bytes]] = defaultdict(list)

    def teardown(self) -> None:
        try:
            self.let_it_all_happen()
            self.check_the_end()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.clock.back_to_normal()

    # ---- What happens -------------------------------------------------------------------------

    @initialize(hours=st.sampled_from([2, 30, 200]), places=st.sampled_from([None, PEOPLE - 1]))
    def publish(self, hours: int, places: int | None) -> None:
        self.webinar = make_webinar(
            starts_in=timedelta(hours=hours),
            time_zone="America/Phoenix",
            duration=timedelta(hours=1),
            capacity=places,
        )
        for _each in range(PEOPLE):
            make_registration(webinar=self.webinar)

    @rule()
    def register(self) -> None:
        with suppress(signup.Closed, signup.Full):
            make_registration(webinar=self._webinar())

    @rule(which=st.integers(0, PEOPLE))
    def register_again(self, which: int) -> None:
        if email := self._person(which).email:
            with suppress(signup.Closed, signup.Full):
                make_registration(webinar=self._webinar(), email=email)

    @rule(which=st.integers(0, PEOPLE))
    def cancel(self, which: int) -> None:
        signup.cancel(self._person(which))

    @rule(more=st.sampled_from([-1, 0, 1]))
    def limit(self, more: int) -> None:
        if places := self._webinar().capacity:
            signup.limit(self.webinar, capacity=max(1, places + more))

    @rule(which=st.integers(0, PEOPLE))
    def opt_out(self, which: int) -> None:
        Suppression.objects.get_or_create(
            address=self._person(which).address, defaults={"scope": Suppression.Scope.OPTIONAL}
        )

    @rule(which=st.integers(0, PEOPLE), zone=st.sampled_from(["Asia/Tokyo", "Europe/London"]))
    def change_zone(self, which: int, zone: str) -> None:
        with suppress(signup.Closed):
            signup.change_zone(self._person(which), time_zone=zone)

    @rule(which=st.integers(0, PEOPLE), number=st.integers(0, 99))
    def correct_address(self, which: int, number: int) -> None:
        with suppress(signup.Closed, signup.Taken):
            signup.correct_address(self._person(which), email=f"new{number}@example.org")

    @rule(which=st.integers(0, PEOPLE), are_wanted=st.booleans())
    def change_reminders(self, which: int, *, are_wanted: bool) -> None:
        change = changing.start_reminders if are_wanted else changing.stop_reminders
        change(self._person(which))

    @rule(which=st.integers(0, PEOPLE), number=st.integers(0, 99))
    def ask_for_an_address(self, which: int, number: int) -> None:
        with suppress(signup.Closed, changing.TooOften):
            changing.ask_for_proof(self._person(which), email=f"asked{number}@example.org")

    @rule(which=st.integers(0, PEOPLE), are_sure=st.booleans())
    def answer_for_an_address(self, which: int, *, are_sure: bool) -> None:
        person = self._person(which)
        if not are_sure:
            changing.withdraw(person)
        elif change := changing.open_change(person):
            with suppress(signup.Closed, signup.Taken):
                changing.prove(change)

    @rule(number=st.integers(0, 99))
    def fix_a_mistyped_address(self, number: int) -> None:
        typed = {"first_name": "Ada", "time_zone": "America/Denver", "language": "en"}
        with suppress(signup.Closed, signup.Full):
            mistyped = make_registration(webinar=self._webinar(), **typed)
            place, right = fixing.place_of(mistyped), f"right{number}@example.org"
            fixing.fix_address(self._webinar(), place=place, email=right, **typed)

    @rule(hours=st.sampled_from([-26, -3, 1, 5, 48]))
    def move(self, hours: int) -> None:
        webinar = self._webinar()
        wall_clock = times.wall_clock(webinar.starts_at + timedelta(hours=hours), webinar.time_zone)
        with suppress(scheduling.Refused):
            scheduling.reschedule(
                webinar,
                date=wall_clock.date(),
                time=wall_clock.time(),
                time_zone=webinar.time_zone,
                reason="",
                by=None,
            )
        waiting.fill_all()  # as the sweep: a list that was over may be open again

    @rule(are_sure=st.sampled_from([False, False, True]))
    def call_off(self, *, are_sure: bool) -> None:
        with suppress(scheduling.Refused):
            if are_sure:
                scheduling.cancel(self._webinar(), reason="", by=None)

    @rule(minutes=st.sampled_from([1, 6, 50, 60 * 20]))
    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule()
    def tick(self) -> None:
        sweeping.tick()

    @rule(replies=SOME_REPLIES)
    def send(self, replies: list[str]) -> None:
        self._drain(replies)

    @rule(replies=SOME_REPLIES)
    def tick_and_send(self, replies: list[str]) -> None:
        sweeping.tick()
        self._drain(replies)

    def _drain(self, replies: list[str]) -> None:
        sender = Sender.objects.create(host="here", pid=1)
        relay = PlayedRelay(self, replies)
        with suppress(Killed):
            outbox.Drain(sender, relay, 2, monotonic() + 60, CONNECTIONS).run()
            leases._give_back(sender)

    def _webinar(self) -> Webinar:
        return Webinar.objects.get(pk=self.webinar.pk)

    def _person(self, which: int) -> Registration:
        people = Registration.objects.order_by("pk")
        return people[which % people.count()]

    # ---- What must hold -----------------------------------------------------------------------

    def check_hand_over(self, parcel: Parcel) -> None:
        """At the instant of a hand-over it is useful, and what it says is true."""
        row = Delivery.objects.select_related("registration__webinar", "wave").get(
            pk=parcel.delivery.pk
        )
        person, webinar, now = row.registration, row.registration.webinar, times.now()
        assert row.state == "sending"
        assert now < row.expires_at + timedelta(seconds=1)
        if row.purpose in (Purpose.REGISTRATION_CANCELLED, Purpose.ADDRESS_CHANGED):
            return
        told = {Purpose.WAITLISTED: {"waiting"}, Purpose.CANCELLED: {"active", "waiting"}}
        assert person.state in told.get(Purpose(row.purpose), {"active"}), "no such place"
        assert person.epoch == row.epoch
        change = changing.open_change(person)
        is_asked = row.purpose == Purpose.ADDRESS_PROOF
        mailbox = change.email if change and is_asked else person.email
        assert parcel.email.recipient == mailbox
        assert change or not is_asked, "nobody wants to know any more"
        assert (webinar.state == "cancelled") is (row.purpose == Purpose.CANCELLED)
        assert parcel.email.revision.number == webinar.sequence, "an old schedule"
        if row.purpose == Purpose.REMINDER:
            assert row.wave is not None
            assert row.wave.schedule_revision == webinar.schedule_revision
            assert now < webinar.starts_at + timedelta(seconds=1), "after the start"
            assert not Suppression.objects.filter(address=person.address).exists()
            assert person.gets_reminders, "they stopped them"

    @invariant()
    def copies_beyond_one_were_in_doubt(self) -> None:
        doubts = dict(Delivery.objects.values_list("pk", "ambiguous"))
        held = set(Delivery.objects.held().values_list("pk", flat=True))
        for pk, copies in self.accepted.items():
            assert len(copies) <= 1 + doubts[pk] + (pk in held)

    @invariant()
    def every_place_is_counted_and_none_is_free_while_somebody_waits(self) -> None:
        webinar = self._webinar()
        if webinar.capacity is None:
            return
        people = Counter(webinar.registrations.values_list("state", flat=True))
        assert webinar.seats.taken == people["active"]
        if waiting.is_open(webinar) and people["waiting"]:
            assert people["active"] >= webinar.capacity

    @invariant()
    def what_is_sent_was_accepted(self) -> None:
        for pk in Delivery.objects.handed_over().values_list("pk", flat=True):
            assert self.accepted[pk], f"delivery {pk} never reached the relay"

    # ---- The end ------------------------------------------------------------------------------

    def let_it_all_happen(self) -> None:
        """The relay is well, nobody changes anything any more, and the time passes."""
        for _round in range(4):
            for instant in self._instants():
                if instant > times.now():
                    self.clock.move_to(instant)
                sweeping.tick()
                self._drain([])
            self.clock.forward(minutes=20)
        self.clock.forward(days=10)
        sweeping.tick()

    def _instants(self) -> Iterator[times.datetime]:
        waves = Wave.objects.filter(state__in=["planned", "expanded"]).values_list("due_at")
        soon = [times.now() + timedelta(seconds=seconds) for seconds in (1, 62, 130)]
        return iter(sorted({at + timedelta(seconds=2) for (at,) in waves} | set(soon)))

    def check_the_end(self) -> None:
        states = Counter(Delivery.objects.values_list("state", flat=True))
        assert not states.keys() & {"ready", "claimed", "sending"}, states
        unsent = Delivery.objects.exclude(state__in=Delivery.HANDED_OVER)
        assert not unsent.filter(outcome="").exists(), "unsent without a reason"
        for wave in Wave.objects.filter(state="expanded"):
            # Whoever came later knew of it, and everything may have slept until it was useless.
            wave.active_by = min(wave.active_by, wave.due_at)
            assert expansion.absent(wave, unchanged_since=times.now()) == 0
        for pk, copies in self.accepted.items():
            assert len({_message_id(octets) for octets in copies}) == 1, f"delivery {pk}"
        self.copies_beyond_one_were_in_doubt()
        self.what_is_sent_was_accepted()


def _message_id(octets: bytes) -> bytes:
    return next(line for line in octets.split(b"\r\n") if line.startswith(b"Message-ID:"))


@pytest.mark.examples
@pytest.mark.django_db
def test_whatever_happens_the_promise_holds(clock: Clock) -> None:
    World.clock = clock
    run_state_machine_as_test(
        World,
        settings=settings(
            max_examples=5 * TIMES,
            stateful_step_count=25,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
