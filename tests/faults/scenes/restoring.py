"""A backup is restored: it sends nothing until an operator says so."""

from __future__ import annotations

import time
from collections import Counter

from tests.faults.scenes.broker import people_register
from tests.faults.scenes.dying import reach
from tests.faults.world import World

WATCHED = 8  # seconds in which a restored ledger must stay silent


def restored(world: World, *, mails: int) -> None:
    """pg_dump in the middle of a wave; the rest goes out; then pg_restore, and all starts anew."""
    world.webinar = world.a_reminder_due(mails)
    world.post.script(latency=0.001)
    everybody = [*world.workers(2), world.rig.beat()]
    reach(world, mails // 3)
    backup = world.cluster.dump(world.database, world.folder)
    world.settle()
    for process in everybody:
        world.rig.kill(process)
    last_moment, before = world.database_time(), world.post.count()
    world.cluster.restore(world.database, backup)
    world.workers(2)
    world.rig.beat()
    world.rig.watch()
    time.sleep(WATCHED)
    world.bar(world.post.count() == before, "a restored ledger sent something by itself")
    world.manage("resume", "--sent-until", last_moment.isoformat()).wait(60)
    people_register(world, 2)
    world.settle()
    _nobody_twice(world)


def _nobody_twice(world: World) -> None:
    """Message-IDs of what went out after the backup are forgotten: recipients are counted."""
    copies = Counter(copy.recipient for copy in world.post.book().copies)
    twice = sum(number > 1 for number in copies.values())
    world.bar(twice == 0, f"{twice} people got their message twice")
    world.explained += ["at the server, of no delivery", "skipped without need"]
