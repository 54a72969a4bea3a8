"""A mail relay that misbehaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from notifications.models import Delivery
from registrations.models import Registration
from tests.faults.crowds import crowd, webinar_in
from tests.faults.sink import Fault
from tests.faults.world import World


@dataclass(frozen=True)
class Case:
    """What the relay does wrong with one recipient, and what comes of it."""

    faults: tuple[Fault, ...]
    state: str = "sent"
    copies: int = 1


def refused(at: str, say: str) -> Case:
    return Case(({"at": at, "say": say},), state="failed", copies=0)


LATER = {"at": "rcpt", "say": "450 4.2.1 later"}
CASES = {
    "550 at RCPT": refused("rcpt", "550 5.1.1 nobody here"),
    "552 after the dot": refused("dot", "552 5.2.2 full"),
    "554 at DATA": refused("data", "554 5.7.1 policy"),
    "450 twice, then 250": Case((LATER, LATER)),
    "451 after the dot": Case(({"at": "dot", "say": "451 4.3.0 later"},)),
    "421 after the dot": Case(({"at": "dot", "say": "421 4.3.2 closing"},)),
    "drop after the dot": Case(({"at": "dot", "do": "drop"},), copies=2),
    "drop in mid-body": Case(({"at": "body", "do": "drop"},)),
    "drop at RCPT": Case(({"at": "rcpt", "do": "drop"},)),
    "250 after a long wait": Case(({"at": "dot", "do": "wait", "seconds": 8},)),
    "a reply that drips": Case(({"at": "dot", "do": "drip", "seconds": 0.2},)),
    "garbage after the dot": Case(({"at": "dot", "say": "garbage"},), copies=2),
    "garbage at RCPT": Case(({"at": "rcpt", "say": "garbage"},)),
    "an over-long reply after the dot": Case(({"at": "dot", "say": "overlong"},), copies=2),
}
AGES = "250 after longer than a lease"
CASES[AGES] = Case(({"at": "dot", "do": "wait", "seconds": 90},))
SHORT = ("450 twice, then 250", "drop after the dot", "550 at RCPT", "garbage after the dot")


def misbehaves(world: World, *, mails: int, cases: tuple[str, ...], each: int = 1) -> None:
    """Some recipients meet a fault each, in the middle of a wave."""
    webinar = world.a_reminder_due(mails)
    people = world.random.sample(list(webinar.registrations.all()), len(cases) * each)
    told = {person: CASES[cases[number % len(cases)]] for number, person in enumerate(people)}
    world.post.script(recipients={p.email: list(case.faults) for p, case in told.items()})
    world.unsent = {person.pk for person, case in told.items() if case.state != "sent"}
    world.explained.append("refused for good by the relay")
    world.allowed_repeats = sum(max(0, case.copies - 1) for case in told.values())
    world.workers(2)
    world.rig.beat()
    world.settle()
    _compare(world, told)


def _compare(world: World, told: dict[Registration, Case]) -> None:
    copies = Counter(copy.recipient for copy in world.post.book().copies)
    rows = Delivery.objects.filter(registration__in=told, purpose="reminder")
    for row in rows.select_related("registration"):
        case = told[row.registration]
        found = (row.state, copies[row.registration.email])
        name = next(name for name in CASES if CASES[name] is case)
        world.bar(found == (case.state, case.copies), f"{name}: {found}")


def hangs_up(world: World, *, after: int, mails: int) -> None:
    """421 after so many messages on one connection, as Postfix and Gmail do."""
    world.a_reminder_due(mails)
    world.post.script(hang_up_after=after)
    world.workers(1)
    world.rig.beat()


def busy(world: World, *, refusals: int, mails: int) -> None:
    """Greets with 421, with 554, with silence and a hang-up; then it is well again."""
    world.a_reminder_due(mails)
    kinds: list[Fault] = [
        {"at": "greeting", "say": "421 4.3.2 busy"},
        {"at": "greeting", "say": "554 5.3.2 no service"},
        {"at": "greeting", "do": "drop"},
    ]
    world.post.script(connections=[world.random.choice(kinds) for _ in range(refusals)])
    world.workers(1)
    world.rig.beat()


def tarpit(world: World, *, seconds: float, mails: int) -> None:
    """One domain takes its time for each recipient; the others do not wait for it."""
    webinar = webinar_in(days=2)
    crowd(webinar, mails)
    crowd(webinar, max(3, mails // 50), domain="tarpit.example")
    world.clock.move_to(webinar.starts_at - timedelta(hours=24))
    slow: Fault = {"at": "rcpt", "do": "wait", "seconds": seconds}
    world.post.script(domains={"tarpit.example": slow})
    world.workers(2)
    world.rig.beat()


def stripped(world: World, *, mails: int) -> None:
    """STARTTLS is asked for and not offered: nothing goes out in the clear."""
    world.a_reminder_due(mails)
    url = f"smtp+tls://127.0.0.1:{world.post.port}"
    careful = world.rig.worker(EMAIL_URL=url)
    world.rig.beat()
    connected = lambda: world.post.book().lost  # noqa: E731
    world.wait(lambda: bool(connected()), "it has tried")
    world.ring("drain")
    world.bar(world.post.book().begun == 0, "a message was begun without TLS")
    world.rig.kill(careful)
    world.workers(1)
