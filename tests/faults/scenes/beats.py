"""Too many that tick, none, or one that stands still; a clock that is wrong."""

from __future__ import annotations

from tests.faults.scenes.broker import everything, in_time, people_register
from tests.faults.scenes.dying import reach
from tests.faults.world import World

HOUR = 3600


def crowded(world: World, *, beats: int, dispatchers: int, mails: int) -> None:
    """Beats, workers and dispatchers all at once."""
    world.a_reminder_due(mails)
    world.workers(2)
    for number in range(beats):
        world.rig.beat(f"beat-{number}")
    for _ in range(dispatchers):
        world.dispatch()


def without_beat(world: World, *, seconds: float, mails: int) -> None:
    """Workers and the broker are well, and nobody ticks: `watch` does."""
    world.is_patient = True
    world.webinar = world.a_reminder_due(mails)
    world.rig.worker()
    world.rig.watch()
    people_register(world, seconds)
    in_time(world)


def wedged(world: World, *, seconds: float, mails: int) -> None:
    """Beat stands still for a while, in the middle of a wave."""
    world.is_patient = True
    everything(world, mails)
    beat = world.rig.running[2]
    world.rig.pause(beat)
    people_register(world, seconds)
    world.rig.resume(beat)
    people_register(world, 3)
    in_time(world)


def wrong_clock(world: World, *, hours: float, mails: int) -> None:
    """One worker's clock is wrong; the other's is right."""
    world.a_reminder_due(mails)
    world.post.script(latency=0.002)
    world.workers(1, CLOCK_SKEW=str(hours * HOUR))
    world.rig.beat()
    reach(world, mails // 3)
    world.workers(1)
