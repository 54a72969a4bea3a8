"""PostgreSQL dies, or throws everybody out."""

from __future__ import annotations

import time

from tests.faults.scenes.broker import everything, in_time, people_register
from tests.faults.scenes.dying import CONNECTIONS, reach
from tests.faults.world import World

SENDERS = 3  # two workers and `watch`
DOWN = 5  # seconds, at most, with the recovery


def restarts(world: World, *, times: int, mails: int) -> None:
    """`pg_ctl stop -m immediate`, and after a while it is there again."""
    everything(world, mails)
    for number in range(1, times + 1):
        reach(world, mails * number // (times + 2))
        world.cluster.crash()
        time.sleep(world.random.uniform(0.5, 3))
        world.cluster.start()
    world.allowed_repeats = times * CONNECTIONS * SENDERS
    people_register(world, 2)


def restarts_in_time(world: World, *, times: int, mails: int) -> None:
    """The same, and what was in hand does not wait for a lease to end."""
    world.is_patient = True
    restarts(world, times=times, mails=mails)
    in_time(world, down=DOWN)


def disconnections(world: World, *, times: int, mails: int) -> None:
    """pg_terminate_backend of every connection."""
    world.is_patient = True
    everything(world, mails)
    for number in range(1, times + 1):
        reach(world, mails * number // (times + 2))
        world.cluster.disconnect_everybody()
    world.allowed_repeats = times * CONNECTIONS * SENDERS
    people_register(world, 2)
    in_time(world)
