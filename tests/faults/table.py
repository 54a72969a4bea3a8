"""All faults in their full size, and the table that they print."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import cycle, islice

from tests.faults.play import Outcome, Scene
from tests.faults.scenes import beats, broker, database, dying, races, relay, restoring, waves

HEADS = ["fault", "seed", "mails", "lost", "repeated", "largest process", "seconds", "bars"]
CASES = tuple(name for name in relay.CASES if name != relay.AGES)

FAULTS: Mapping[str, Scene] = {
    "50 kills in 10000 reminders": partial(dying.kills, number=50, mails=10_000),
    "stopped past the lease": partial(dying.pauses, number=5, mails=2_000),
    "crash at 60 points": partial(dying.crash, most=60),
    "poison": partial(dying.poison, mails=500),
    "repairs": partial(dying.repairs, mails=500),
    "FLUSHALL": partial(broker.flushed, times=5, mails=2_000),
    "Redis absent": partial(broker.away, seconds=600, mails=2_000),
    "Redis never back": partial(broker.away, seconds=30, mails=1_000, comes_back=False),
    "Redis hung": partial(broker.hung, seconds=60, mails=1_000),
    "100 copies of each task": partial(broker.copies, number=100, mails=1_000),
    "two beats, ten dispatchers": partial(beats.crowded, beats=2, dispatchers=10, mails=2_000),
    "no beat": partial(beats.without_beat, seconds=45, mails=500),
    "wedged beat": partial(beats.wedged, seconds=45, mails=500),
    "a clock an hour ahead": partial(beats.wrong_clock, hours=1, mails=1_000),
    "a clock an hour behind": partial(beats.wrong_clock, hours=-1, mails=1_000),
    "PostgreSQL restarted": partial(database.restarts_in_time, times=5, mails=3_000),
    "connections terminated": partial(database.disconnections, times=10, mails=3_000),
    "a relay that misbehaves": partial(relay.misbehaves, mails=1_000, cases=CASES, each=5),
    "421 after 20": partial(relay.hangs_up, after=20, mails=1_000),
    "busy greetings": partial(relay.busy, refusals=20, mails=500),
    "250 after 90 s": partial(relay.misbehaves, mails=100, cases=(relay.AGES,)),
    "a tarpit domain": partial(relay.tarpit, seconds=5, mails=1_000),
    "STARTTLS stripped": partial(relay.stripped, mails=200),
    "10000 raced cancels": partial(races.cancels, number=10_000, mails=35_000),
    "1000 raced moves": partial(races.moves, number=1_000, webinars=40, people=20),
    "webinars called off": partial(races.called_off, webinars=25, people=40),
    "the start passes": partial(races.start_passes, mails=1_000),
    "registering while it expands": partial(races.late_commits, people=25),
    "a restored backup": partial(restoring.restored, mails=1_000),
    "100000 beside 20": partial(waves.large_and_small, mails=100_000),
}


def chosen(words: str) -> dict[str, Scene]:
    """Those whose name has one of these words, comma-separated; all of them for none."""
    wanted = [word.strip().lower() for word in words.split(",") if word.strip()]
    return {
        name: scene
        for name, scene in FAULTS.items()
        if not wanted or any(word in name.lower() for word in wanted)
    }


def head() -> None:
    _row(HEADS)
    _row(islice(cycle(["---"]), len(HEADS)))


def row(outcome: Outcome) -> None:
    found = "held" if not outcome.broken else f"**{len(outcome.broken)} broken**"
    notes = "; ".join([found, *outcome.notes])
    counts = [f"{outcome.mails:,}", str(outcome.lost), str(outcome.repeated)]
    costs = [f"{outcome.peak} MiB", f"{outcome.seconds:.0f}"]
    _row([outcome.name, str(outcome.seed), *counts, *costs, notes])


def _row(cells: Iterable[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()
