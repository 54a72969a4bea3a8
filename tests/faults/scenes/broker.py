"""The broker loses everything, dies, hangs; tasks come a hundred times."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import redis

from tests.faults.scenes.dying import reach
from tests.faults.world import World
from tests.makers import make_registration

EXTRA = 10  # seconds of delay that `watch` allows


def everything(world: World, mails: int) -> None:
    """Two kinds of workers, beat and watch, and a wave that is due."""
    world.webinar = world.a_reminder_due(mails)
    world.post.script(latency=0.002)
    world.rig.worker("bulk", "bulk")
    world.rig.worker("urgent", "urgent")
    world.rig.beat()
    world.rig.watch()
    world.ring("tick")
    reach(world, mails // 10)


def people_register(world: World, seconds: float) -> None:
    """Now and then, and nobody hears their bell."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        make_registration(webinar=world.webinar)
        time.sleep(world.random.uniform(0.2, 1))


def in_time(world: World, *, down: float = 0) -> None:
    """Nobody waited, and it was never still, for longer than `down` and EXTRA seconds."""
    world.settle()
    slowest, silence = world.slowest(), world.longest_silence()
    world.notes.append(f"slowest confirmation {slowest:.1f} s, longest silence {silence:.1f} s")
    world.bar(slowest < down + EXTRA, f"a confirmation took {slowest:.1f} s")
    world.bar(silence < down + EXTRA, f"nothing went out for {silence:.1f} s")


def flushed(world: World, *, times: int, mails: int) -> None:
    """FLUSHALL at random moments."""
    world.is_patient = True
    everything(world, mails)
    for _ in range(times):
        people_register(world, world.random.uniform(1, 3))
        with redis.Redis(port=world.rig.broker_port) as client:
            client.flushall()
    people_register(world, 3)
    in_time(world)


def away(world: World, *, seconds: float, mails: int, comes_back: bool = True) -> None:
    """Redis is killed."""
    without(world, seconds, mails, world.rig.stop_broker)
    if comes_back:
        world.rig.start_broker()
        people_register(world, 3)
    in_time(world)


def hung(world: World, *, seconds: float, mails: int) -> None:
    """Redis accepts connections and says nothing."""
    without(world, seconds, mails, lambda: world.rig.signal_broker(signal.SIGSTOP))
    world.rig.signal_broker(signal.SIGCONT)
    people_register(world, 3)
    in_time(world)


def without(world: World, seconds: float, mails: int, act: Callable[[], None]) -> None:
    world.is_patient = True
    everything(world, mails)
    act()
    people_register(world, seconds)


def copies(world: World, *, number: int, mails: int) -> None:
    """So many of each task at once."""
    world.a_reminder_due(mails)
    world.workers(3)
    world.ring(*["tick"] * number, *["drain"] * number, *["drain_urgent"] * number)
    world.rig.beat()
