"""From the commit of a registration to its confirmation at the sink, alone and beside a wave.

Five people a second register by the act, in a process of its own; two bulk workers, an urgent
one and beat run. Beside the wave only those count who registered before its last message.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from tests.bench import crew as crews
from tests.bench import crowd, database
from tests.bench.crew import Crew, Sink
from tests.bench.measure import Figure
from tests.bench.sizes import sized
from tests.makers import make_webinar
from tests.rig import wait_for

SECONDS = sized(30, at_least=5, at_most=30)
WAVE = sized(100_000, at_least=1_000)
BAR = 300.0  # ms


def measurements() -> Iterator[Figure]:
    with ExitStack() as stack:
        stack.enter_context(database.made_anew())
        sink = stack.enter_context(crews.sinking())
        for wave in (0, WAVE):
            yield confirmed(sink, wave)


def confirmed(sink: Sink, wave: int) -> Figure:
    database.empty()
    with crews.crew(sink) as crew:
        crew.workers(2)
        crew.workers(1, "urgent")
        log = crew.folder / "mails"
        sink.begin(log=str(log))
        crew.beat()
        crew.beat_has_ticked()
        if wave:
            crowd.expanded(wave)
            database.settle_down()
            wait_for(lambda: sink.counts().messages > 0, "the wave goes out")
        registered = registrations(crew, sink, wave)
        arrived = arrivals(log)
    if missing := registered.keys() - arrived.keys():
        raise AssertionError(f"{len(missing)} confirmations never came")
    last = max((at for who, at in arrived.items() if who not in registered), default=float("inf"))
    found = [(arrived[who] - at) * 1000 for who, at in registered.items() if at < last]
    return percentile(f"beside a wave of {wave:,}" if wave else "alone", found)


def registrations(crew: Crew, sink: Sink, wave: int) -> dict[str, float]:
    """Who registered and when it was committed; once all of them and the wave are through."""
    webinar, found = make_webinar(), crew.folder / "registered"
    process = crew.start(
        *(sys.executable, "-m", "tests.bench.registering"),
        *(str(webinar.pk), str(SECONDS), str(found)),
    )
    process.wait(SECONDS + 60)
    people = dict(map(json.loads, found.read_text().splitlines()))
    end = time.monotonic() + 600
    while sink.counts().messages < wave + len(people) and time.monotonic() < end:
        time.sleep(0.5)
    return people


def arrivals(log: Path) -> dict[str, float]:
    found = {}
    for line in log.read_text().splitlines():
        at, who = line.split(" ")
        found[who] = float(at)
    return found


def percentile(what: str, found: list[float]) -> Figure:
    steps = quantiles(found, n=100)
    beside = f"p50 {steps[49]:.0f} ms, most {max(found):.0f} ms, {len(found)} people"
    return Figure(f"{what}: p95", steps[94], "{:.0f} ms", at_most=BAR, beside=beside)
