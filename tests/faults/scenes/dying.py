"""Senders that die, or stand still for longer than their lease."""

from __future__ import annotations

import signal
import time
from datetime import timedelta

from notifications.models import Delivery
from tests.faults.crowds import webinar_in
from tests.faults.world import LEASE, World, send
from tests.makers import make_registration

CONNECTIONS = 4  # of each sender, in these scenes
REPAIRED_WITHIN = 180  # seconds
WITH_COMPANY = 2  # deaths, after which a row is worked on alone
WORDS = tuple(f"notifications.emails.{name}." for name in ("context", "mime", "render", "told"))
FEW = {"SENDER_CONNECTIONS": str(CONNECTIONS)}


def kills(world: World, *, number: int, mails: int) -> None:
    """kill -9 at random moments of a wave: pool children, and whole workers."""
    world.a_reminder_due(mails)
    world.post.script(latency=0.001)
    world.allowed_repeats = number * CONNECTIONS
    world.workers(2, **FEW)
    world.rig.beat()
    for at in sorted(world.random.sample(range(mails * 9 // 10), number)):
        reach(world, at)
        time.sleep(world.random.uniform(0, 0.02))
        world.wait(world.kill_a_sender, "there is a sender to kill")
        world.ring("drain", "drain")
    world.notes.append(f"{number} killed")


def reach(world: World, mails: int) -> None:
    world.wait(lambda: world.post.count() >= mails, f"{mails} mails are out")


def pauses(world: World, *, number: int, mails: int) -> None:
    """SIGSTOP for longer than the lease; then the others have its work, and it wakes up."""
    world.a_reminder_due(mails)
    world.post.script(latency=0.1)
    world.allowed_repeats = number * CONNECTIONS
    world.has_sleepers = True
    world.workers(2, **FEW)
    world.rig.beat()
    for at in sorted(world.random.sample(range(mails // 2), number)):
        reach(world, at)
        world.wait(lambda: bool(world.senders()), "there is a sender to pause")
        pause(world, world.random.choice(world.senders()))
    world.post.script(latency=0)
    world.notes.append(f"{number} stopped")


def pause(world: World, pid: int) -> None:
    send(pid, signal.SIGSTOP)
    world.paused.add(pid)
    world.jump(LEASE)
    world.ring("tick", "drain")
    held = Delivery.objects.held().filter(sender__pid=pid)
    world.wait(lambda: not held.exists(), "its deliveries are ready again")
    time.sleep(world.random.uniform(0, 1))
    send(pid, signal.SIGCONT)
    world.paused.discard(pid)


def repairs(world: World, *, mails: int) -> None:
    """A whole worker dies, and everybody is away while a wave comes due. Time passes by itself."""
    world.is_patient = True
    webinar = world.a_reminder_due(mails)
    world.post.script(latency=0.01)
    world.allowed_repeats = CONNECTIONS
    victim = world.workers(1, **FEW)[0]
    reach(world, mails // 3)
    world.rig.kill(victim)
    _repaired(world, "what a dead sender held")
    world.clock.move_to(webinar.starts_at - timedelta(minutes=59))
    _repaired(world, "a wave that nobody expanded")


def _repaired(world: World, what: str) -> None:
    """With all processes started anew, as after a power cut."""
    began = time.monotonic()
    everybody = [*world.workers(1, **FEW), world.rig.beat(), world.rig.watch()]
    world.settle()
    seconds = time.monotonic() - began
    world.notes.append(f"{what}: {seconds:.0f} s")
    world.bar(seconds < REPAIRED_WITHIN, f"{what} took {seconds:.0f} s")
    for process in everybody:
        world.rig.kill(process)


def poison(world: World, *, mails: int) -> None:
    """One row kills whoever composes it. It is given up in the end, and harms no other."""
    webinar = world.a_reminder_due(mails)
    people = list(webinar.registrations.values_list("pk", flat=True))
    victim = world.random.choice(people)
    world.unsent.add(victim)
    world.explained.append("deliveries given up: 1")
    world.allowed_repeats = WITH_COMPANY * CONNECTIONS
    world.workers(2, POISON=str(victim), **FEW)
    world.rig.beat()
    world.settle()
    row = Delivery.objects.get(registration=victim, purpose="reminder")
    world.bar(row.state == "dead", f"the poison is {row.state}")
    deaths = Delivery.objects.exclude(pk=row.pk).order_by("-deaths").first()
    world.notes.append(f"others were held by at most {deaths.deaths} senders that died")


def crash(world: World, *, most: int) -> None:
    """At every point of the product's sending code, before and after it; or at so many."""
    points = trace(world)
    tried, reached = 0, list[bool]()
    for point in world.random.sample(points, len(points)):
        if tried >= most and any(reached):  # not every point is come to each time
            break
        reached += [crash_at(world, point, side) for side in ("before", "after")]
        tried += 1
    world.notes.append(f"{tried} of {len(points)} points, {sum(reached)} crashes")
    world.bar(any(reached), "no point was reached")
    world.allowed_repeats = sum(reached) * CONNECTIONS


def trace(world: World) -> list[str]:
    """The points that sending a few mails reaches; all that happens in words is one of them."""
    file = world.folder / "points"
    register(world)
    world.dispatch(POINTS_FILE=str(file), **FEW).wait(60)
    world.settle()
    reached = sorted(set(file.read_text().split()))
    return [point for point in reached if not point.startswith(WORDS)]


def crash_at(world: World, point: str, side: str) -> bool:
    flag = world.folder / f"{point}:{side}"
    number = world.random.choice((1, 1, 2, 3))
    register(world)
    process = world.dispatch(CRASH_AT=f"{point}:{number}:{side}", CRASH_FLAG=str(flag), **FEW)
    process.wait(60)
    world.jump(LEASE)
    world.dispatch(**FEW).wait(60)
    return flag.exists()


def register(world: World) -> None:
    webinar = world.webinar or webinar_in(days=30)
    world.webinar = webinar
    for _ in range(world.random.randint(3, 9)):
        make_registration(webinar=webinar)
