"""Plays one scene and says what came of it."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.faults import audit
from tests.faults.cluster import Cluster
from tests.faults.world import World, worlds

LOGGED, LINES = re.compile(r".*(WARNING|ERROR|CRITICAL|Error)"), 8
LARGEST = 400  # MiB, of one product process

Scene = Callable[[World], None]


@dataclass
class Outcome:
    """What one scene with one seed came to; `broken` is empty when every bar was held."""

    name: str
    seed: int
    seconds: float = 0
    mails: int = 0
    lost: int = 0
    repeated: int = 0
    peak: int = 0  # MiB
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    log: str = ""  # the end of what the processes printed, where something is broken


def play(cluster: Cluster, name: str, scene: Scene | partial[None], seed: int) -> Outcome:
    outcome, began = Outcome(name, seed), time.monotonic()
    with worlds(cluster, seed) as world:
        try:
            scene(world)
            world.settle()
        except Exception:  # whatever it is, the other scenes are played
            world.broken.append(traceback.format_exc())
        world.rig.stop()  # nothing moves while it is judged
        _judge(world, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _judge(world: World, outcome: Outcome) -> None:
    outcome.mails = world.post.count()
    outcome.lost, outcome.repeated = audit.lost(world), audit.repeated(world)
    outcome.peak = world.peak >> 20
    world.bar(outcome.lost == 0, f"lost: {outcome.lost}")
    world.bar(
        outcome.repeated <= world.allowed_repeats,
        f"repeated: {outcome.repeated}, allowed {world.allowed_repeats}",
    )
    world.bar(outcome.peak < LARGEST, f"a process of {outcome.peak} MiB")
    outcome.broken = [*world.broken, *audit.violations(world)]
    outcome.notes = world.notes
    if outcome.broken:
        outcome.log = last_words(world)


def last_words(world: World) -> str:
    """Of every process, the end of what it logged."""
    lines = [
        [line for line in file.read_text(errors="replace").splitlines() if LOGGED.match(line)]
        for file in sorted(world.folder.glob("[0-9]*.log"))
    ]
    return "\n".join(line for some in lines for line in some[-LINES:])
