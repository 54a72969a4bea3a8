"""All faults, SEEDS times (3), or with SEED; FAULTS="kills,redis" picks. Exit code 1: a broken bar.

It starts everything that it needs, PostgreSQL and Valkey too.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

import tests.standalone  # noqa: F401 - sets Django up
from tests.faults import cluster, table
from tests.faults.play import Outcome, play


def main() -> int:
    signal.signal(signal.SIGTERM, leave)
    scenes, seeds, failed = table.chosen(os.environ.get("FAULTS", "")), chosen_seeds(), []
    sys.stdout.write(f"Seeds: {', '.join(map(str, seeds))}\n\n")
    table.head()
    with cluster.running() as server:
        for seed in seeds:
            for name, scene in scenes.items():
                outcome = play(server, name, scene, seed)
                table.row(outcome)
                failed += [outcome] * bool(outcome.broken)
    for outcome in failed:
        sys.stdout.write("\n".join(explanation(outcome)))
    return 1 if failed else 0


def leave(word: int, frame: object) -> NoReturn:
    """By the ordinary way out, which ends whatever was started."""
    sys.exit(128 + word)


def chosen_seeds() -> list[int]:
    if os.environ.get("SEED"):
        return [int(os.environ["SEED"])]
    return [random.randrange(1_000_000) for _ in range(int(os.environ.get("SEEDS") or 3))]


def explanation(outcome: Outcome) -> Iterator[str]:
    yield f"\n{outcome.name}; again: SEED={outcome.seed} FAULTS='{outcome.name}' make faults"
    yield from (f"    {sentence}" for sentence in outcome.broken)
    yield outcome.log


if __name__ == "__main__":
    sys.exit(main())
